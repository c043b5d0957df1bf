package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.Errno;
import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.supervisor.keeper.KeeperFailedException;
import dev.stowbook.supervisor.keeper.KeeperSpawner;
import dev.stowbook.supervisor.keeper.PortHolder;
import dev.stowbook.supervisor.keeper.PortsPlan;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ProcessIdentity;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The small processes that hold the sockets of published ports, one a pod; they outlive the daemon. */
final class PortHolders {
    private final KeeperSpawner spawner;
    private final Directories directories;
    private final Placement placement;
    private final Workers workers;

    PortHolders(KeeperSpawner spawner, Directories directories, Placement placement, Workers workers) {
        this.spawner = spawner;
        this.directories = directories;
        this.placement = placement;
        this.workers = workers;
    }

    /**
     * Binds all of them or none, and carries what the kernel can't translate; a port somebody else has fails with IN_USE. A holder that is left
     * from before is ended.
     */
    CompletableFuture<ProcessIdentity> hold(PodId pod, PublishRequest request) {
        return workers.call(() -> {
            Path directory = directories.pod(pod);
            PortHolder.release(directory);
            List<PortsPlan.HeldPort> held = new ArrayList<>();
            for (PortMapping range : request.ports()) {
                for (int i = 0; i < range.count(); i++) {
                    held.add(held(request, range, i));
                }
            }
            try {
                return Identities.model(
                        spawner.ports(new PortsPlan(pod.value(), directory, held, placement)).process());
            } catch (KeeperFailedException e) {
                boolean taken = e.errno() == Errno.EADDRINUSE;
                throw new StartFailure(
                        taken ? "IN_USE" : e.step(),
                        e.errno(),
                        128,
                        taken ? "port " + e.path() + " of the host is used by another program: choose another hostPort or end it"
                                : e.getMessage());
            }
        });
    }

    private static PortsPlan.HeldPort held(PublishRequest request, PortMapping range, int index) throws UnknownHostException {
        Optional<PortsPlan.Target> target = Optional.empty();
        if (request.proxied(range).isPresent()) {
            InetAddress address = InetAddress.getByName(request.proxied(range).get());
            target = Optional.of(new PortsPlan.Target(address, range.containerPort() + index));
        }
        return new PortsPlan.HeldPort(
                range.protocol() == PortMapping.Protocol.TCP ? PortsPlan.Protocol.TCP : PortsPlan.Protocol.UDP,
                InetAddress.getByName(range.hostAddress()),
                range.hostPort() + index,
                target);
    }

    /** Ends a pod's holder. Gone is success. */
    void release(PodId pod) throws Exception {
        PortHolder.release(directories.pod(pod));
    }
}

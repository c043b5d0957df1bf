package dev.stowbook.supervisor.keeper;

import dev.stowbook.spi.cgroup.Placement;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Ports of the host that one process holds for a pod.
 *
 * @param podId names the process in its command line
 * @param podDirectory an existing directory; the holder's identity is written there as {@code ports}
 * @param ports what is held
 * @param keeperCgroup where the process is placed
 */
public record PortsPlan(String podId, Path podDirectory, List<HeldPort> ports, Placement keeperCgroup) {
    public PortsPlan {
        ports = List.copyOf(ports);
    }

    /** The plan as the keeper reads it. */
    public byte[] encode() {
        return PlanEncoder.encode(this);
    }

    /**
     * A port.
     *
     * @param protocol transport protocol
     * @param address the host's address
     * @param port 1 to 65535
     * @param target where the holder carries what comes to the socket, if the kernel does not
     */
    public record HeldPort(Protocol protocol, InetAddress address, int port, Optional<Target> target) {
        /** One that is held only. */
        public HeldPort(Protocol protocol, InetAddress address, int port) {
            this(protocol, address, port, Optional.empty());
        }
    }

    /**
     * Where traffic is carried to.
     *
     * @param address the container's, of either family
     * @param port 1 to 65535
     */
    public record Target(InetAddress address, int port) {}

    /** Transport protocol, with its number in ip(7). */
    public enum Protocol {
        TCP(6),
        UDP(17);

        private final int number;

        Protocol(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }
}

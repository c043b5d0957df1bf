package dev.stowbook.supervisor.boot;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.IdShift;
import dev.stowbook.linux.process.ProcessIdentity;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.supervisor.execute.RootfsHolds;
import dev.stowbook.supervisor.http.ContainerFiles.Refused;
import dev.stowbook.supervisor.image.LayerDriver;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.State;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Opens the root directories of containers. Workers only. */
record ContainerRoots(LayerDriver layers, StoppedVolumes volumes, RootfsHolds holds, Supplier<State> newest) {
    private static final String OPERATION = "copy";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** For reading a view may stand while the container starts: only making it must not happen then. */
    ContainerRoot toRead(ContainerId id) throws Refused {
        ContainerRoot root = open(id);
        root.letGo();
        return root;
    }

    ContainerRoot toWrite(ContainerId id) throws Refused {
        return open(id);
    }

    /** What is on its way from one state to another is waited for, without the hold, since a start waits for that. */
    private ContainerRoot open(ContainerId id) throws Refused {
        for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; pause()) {
            RootfsHolds.Hold hold = holds.take(container(newest.get(), id).definition().layerId());
            Optional<ContainerRoot> root = Optional.empty();
            try {
                root = now(id, hold);
            } finally {
                if (root.isEmpty()) {
                    hold.close();
                }
            }
            if (root.isPresent()) {
                return root.get();
            }
        }
        throw new Refused(ErrorCode.CONFLICT, "the container has been about to start or to end for " + PATIENCE.toSeconds() + " s: try again when it has");
    }

    private Optional<ContainerRoot> now(ContainerId id, RootfsHolds.Hold hold) throws Refused {
        State state = newest.get();
        Container container = container(state, id);
        if (container.phase() == Container.Phase.STARTING) {
            return Optional.empty();
        }
        return container.running().isPresent() ? running(state, container, hold) : Optional.of(stopped(state, container, hold));
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Container container(State state, ContainerId id) throws Refused {
        Container container = state.containers().get(id);
        if (container == null) {
            throw new Refused(ErrorCode.NOT_FOUND, "the container has been removed");
        }
        return container;
    }

    /** Empty if it has just ended. */
    private static Optional<ContainerRoot> running(State state, Container container, RootfsHolds.Hold hold) {
        dev.stowbook.supervisor.model.ProcessIdentity process = container.running().orElseThrow().process();
        Fd root;
        try {
            root = FileCalls.linux().open(
                    LibC.AT_FDCWD, "/proc/" + process.pid() + "/root/.", LibC.O_PATH | LibC.O_DIRECTORY, 0, 0);
        } catch (LinuxException e) {
            return Optional.empty();
        }
        // Its pid may have been another's already; asked afterwards, it was its own when the root was opened.
        if (!new ProcessIdentity(process.pid(), process.startTicks(), process.bootId()).isAlive()) {
            root.close();
            return Optional.empty();
        }
        IdShift ids = state.pod(container.pod()).users(state).map(range -> new IdShift(range.first(), range.count())).orElse(IdShift.NONE);
        return Optional.of(new ContainerRoot(root, ids, false, List.of(), mount -> { throw new IllegalStateException("mounted: " + mount); }, hold));
    }

    private ContainerRoot stopped(State state, Container container, RootfsHolds.Hold hold) throws Refused {
        if (!container.rootfs()) {
            throw new Refused(ErrorCode.CONFLICT, "the container has no root file system yet: it is made when its pod starts");
        }
        try {
            Fd view = layers.view(new LayerTarget(container.definition().layerId(), OPERATION));
            return new ContainerRoot(
                    view,
                    IdShift.NONE,
                    container.definition().security().readOnlyRootFilesystem(),
                    state.storage().of(container.pod()).of(container.id()),
                    mount -> volumes.open(state, container, mount),
                    hold);
        } catch (DriverException e) {
            throw new Refused(
                    e.code() == DriverErrorCode.NOT_FOUND ? ErrorCode.NOT_FOUND : ErrorCode.INTERNAL,
                    "the container's root file system cannot be opened: " + e.getMessage());
        }
    }
}

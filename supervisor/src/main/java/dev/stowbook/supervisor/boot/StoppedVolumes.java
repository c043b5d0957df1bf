package dev.stowbook.supervisor.boot;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.RootedPath;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.volume.MountVolumeRequest;
import dev.stowbook.spi.volume.MountedVolume;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.execute.Host;
import dev.stowbook.supervisor.http.ContainerFiles.Refused;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.MountSource;
import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.PodVolume;
import dev.stowbook.supervisor.state.BoundVolumes;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.state.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Volumes of containers that do not run, usable for one copy each. A copy is a user of the volume as a pod is; a file in the run directory
 * says so before the driver is asked, so that a daemon that was killed meanwhile ends the use when it is back.
 */
final class StoppedVolumes {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String OPERATION = "copy";
    private static final Logger LOG = LoggerFactory.getLogger(StoppedVolumes.class);

    private final Host.VolumeDrivers drivers;
    private final Path uses;

    /** @param uses a directory of the run directory, made if it is missing */
    StoppedVolumes(Host.VolumeDrivers drivers, Path uses) throws IOException {
        this.drivers = drivers;
        this.uses = Files.createDirectories(uses);
    }

    /** A volume in use, until it is closed. */
    static final class Use implements AutoCloseable {
        private final Fd root;
        private final boolean readOnly;
        private final Runnable end;

        private Use(Fd root, boolean readOnly, Runnable end) {
            this.root = root;
            this.readOnly = readOnly;
            this.end = end;
        }

        /** What the container has at its mount point, a directory mostly. */
        Fd root() {
            return root;
        }

        boolean readOnly() {
            return readOnly;
        }

        @Override
        public void close() {
            root.close();
            end.run();
        }
    }

    /** Makes a container's volume usable. Blocks as its driver does. */
    Use open(State state, Container container, MountSpec mount) throws Refused, LinuxException {
        BoundVolumes bound = state.storage().of(container.pod());
        PodVolume volume = bound.volume(mount.volume());
        MountSource known = bound.sources().get(volume.key());
        if (known != null) { // its pod runs
            return use(mount, known, () -> {});
        }
        if (volume.hostPath().isPresent()) {
            return use(mount, new MountSource(volume.hostPath().get().path(), false), () -> {});
        }
        Volume kept = volume.volume().map(state.storage().volumes()::get).orElse(null);
        if (kept == null || kept.phase() != Volume.Phase.READY) {
            throw new Refused(ErrorCode.CONFLICT, "\"" + mount.path() + "\" is a volume that is made when the pod starts: start it first");
        }
        if ("tmpfs".equals(kept.options().get("type"))) {
            throw new Refused(ErrorCode.CONFLICT, "\"" + mount.path() + "\" lies in memory, and what was in it went when the pod stopped: start it first");
        }
        return mounted(kept, mount);
    }

    private Use mounted(Volume volume, MountSpec mount) throws Refused, LinuxException {
        String user = UUID.randomUUID().toString().replace("-", "");
        Path note = uses.resolve(volume.name() + ":" + user);
        try {
            Files.createFile(note);
            MountVolumeRequest request = new MountVolumeRequest(volume.name(), user, OPERATION);
            GuardedDriver<VolumeDriver> driver = drivers.driver(volume.driver());
            MountedVolume there = driver.call("mount", volume.name(), SOON, each -> each.mount(request)).join();
            return use(mount, new MountSource(there.source().toString(), there.readOnly()), () -> end(volume, note, user));
        } catch (IOException | DriverException | CompletionException e) {
            end(volume, note, user);
            Throwable cause = e instanceof CompletionException ? e.getCause() : e;
            throw new Refused(ErrorCode.CONFLICT, "volume " + volume.name() + " cannot be used now: " + cause.getMessage());
        }
    }

    private Use use(MountSpec mount, MountSource source, Runnable end) throws Refused, LinuxException {
        boolean used = false;
        try {
            Use use = new Use(part(mount, source), mount.readOnly() || source.readOnly(), end);
            used = true;
            return use;
        } catch (IOException e) {
            throw new Refused(ErrorCode.CONFLICT, "\"" + mount.path() + "\" is " + source.path() + " of the host, which does not exist");
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOTDIR || e.errno() == Errno.ENOENT) {
                throw new Refused(ErrorCode.CONFLICT, "\"" + mount.path() + "\" is mounted only while the container runs: start its pod first");
            }
            throw e;
        } finally {
            if (!used) {
                end.run();
            }
        }
    }

    private static Fd part(MountSpec mount, MountSource source) throws IOException, LinuxException {
        FileCalls files = FileCalls.linux();
        Fd all = files.open(LibC.AT_FDCWD, RawPath.of(Path.of(source.path()).toRealPath()), LibC.O_PATH, 0, 0);
        if (mount.subPath().isEmpty()) {
            return all;
        }
        try (all) {
            return RootedPath.find(files, all.number(), RawPath.ofText(mount.subPath()), true);
        }
    }

    private void end(Volume volume, Path note, String user) {
        try {
            MountVolumeRequest request = new MountVolumeRequest(volume.name(), user, OPERATION);
            drivers.driver(volume.driver()).run("unmount", volume.name(), SOON, driver -> driver.unmount(request)).join();
            Files.deleteIfExists(note);
        } catch (IOException | DriverException | CompletionException e) {
            LOG.warn("a copy's use of volume {} is not ended, which the daemon's next start tries again: {}", volume.name(), e.getMessage());
        }
    }

    /** Ends the uses that a daemon before left. Blocks as drivers do. */
    void endLeftOvers(State state) throws IOException {
        List<Path> notes;
        try (Stream<Path> children = Files.list(uses)) {
            notes = children.toList();
        }
        for (Path note : notes) {
            String[] parts = note.getFileName().toString().split(":", 2);
            Optional<Volume> volume = Optional.ofNullable(state.storage().volumes().get(parts[0]));
            if (volume.isPresent() && parts.length == 2) {
                end(volume.get(), note, parts[1]);
            } else {
                Files.delete(note);
            }
        }
    }
}

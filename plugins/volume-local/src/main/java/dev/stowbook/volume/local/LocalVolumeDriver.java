package dev.stowbook.volume.local;

import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.volume.CreateVolumeRequest;
import dev.stowbook.spi.volume.MountVolumeRequest;
import dev.stowbook.spi.volume.MountedVolume;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.spi.volume.VolumeEntry;
import dev.stowbook.spi.volume.VolumeTarget;
import java.nio.file.Path;
import java.util.List;

/** Volumes as directories of the daemon's root ({@link VolumeStore}); with options, as what these name ({@link VolumeKind}). */
public final class LocalVolumeDriver implements VolumeDriver {
    private final FileCalls files;
    private final VolumeStore store;
    private final Uses uses;

    private LocalVolumeDriver(FileCalls files, VolumeStore store, Uses uses) {
        this.files = files;
        this.store = store;
        this.uses = uses;
    }

    /** Opens the driver on its two directories. */
    static LocalVolumeDriver open(FileCalls files, MountCalls mounts, Path home, Path run) throws DriverException {
        try {
            Uses uses = Uses.open(files, mounts, run);
            try {
                return new LocalVolumeDriver(files, VolumeStore.open(files, home), uses);
            } catch (LinuxException e) {
                uses.close();
                throw e;
            }
        } catch (LinuxException e) {
            throw Failures.of("open", home.toString(), e);
        }
    }

    private interface Work<T> {
        T run() throws LinuxException, DriverException;
    }

    private static <T> T doing(String operation, String volume, Work<T> work) throws DriverException {
        if (!VolumeStore.isName(volume)) {
            throw Failures.invalid(operation, RawPath.display(RawPath.ofText(volume)),
                    "a volume's name is a letter or digit, then up to 127 letters, digits, \"_\", \".\" and \"-\"");
        }
        try {
            return work.run();
        } catch (LinuxException e) {
            throw Failures.of(operation, volume, e);
        }
    }

    @Override
    public void create(CreateVolumeRequest request) throws DriverException {
        String volume = request.volume();
        VolumeRecord wanted = new VolumeRecord(request.options(), request.quotaBytes());
        doing("create", volume, () -> {
            VolumeKind kind = VolumeKind.of(volume, wanted);
            switch (store.presence(volume)) {
                case PRESENT -> {
                    if (!store.record(volume).map(wanted::equals).orElse(false)) {
                        throw Failures.invalid("create", volume, "it exists with other options; remove it first, or take another name");
                    }
                }
                case FOREIGN -> throw foreign("create", volume);
                case ABSENT, PARTIAL -> store.make(volume, wanted, kind instanceof VolumeKind.Plain plain ? plain.mode() : 0755);
            }
            return true;
        });
    }

    private DriverException foreign(String operation, String volume) {
        return new DriverException(DriverErrorCode.FOREIGN, 0, operation, volume,
                "what stands at " + store.path(volume) + " is no volume; move it away");
    }

    @Override
    public MountedVolume mount(MountVolumeRequest request) throws DriverException {
        String volume = request.volume();
        return doing("mount", volume, () -> {
            checkUser("mount", request);
            if (store.presence(volume) != Presence.PRESENT) {
                throw Failures.notFound("mount", volume);
            }
            VolumeKind kind = VolumeKind.of(volume, store.record(volume).orElseThrow(() -> Failures.notFound("mount", volume)));
            uses.begin(volume, request.user());
            return switch (kind) {
                case VolumeKind.Plain plain -> new MountedVolume(store.data(volume), false);
                case VolumeKind.Elsewhere elsewhere -> elsewhere(volume, elsewhere);
                case VolumeKind.FileSystem system -> new MountedVolume(fileSystem(volume, system), false);
            };
        });
    }

    private MountedVolume elsewhere(String volume, VolumeKind.Elsewhere kind) throws DriverException, LinuxException {
        if (files.statusIfPresent(LibC.AT_FDCWD, RawPath.of(kind.directory())).isEmpty()) {
            throw new DriverException(DriverErrorCode.NOT_FOUND, 0, "mount", volume,
                    "its device " + kind.directory() + " does not exist on the host; make that directory");
        }
        return new MountedVolume(kind.directory(), kind.readOnly());
    }

    private Path fileSystem(String volume, VolumeKind.FileSystem kind) throws DriverException {
        try {
            return uses.mounted(volume, kind);
        } catch (LinuxException e) {
            throw new DriverException(DriverErrorCode.UNAVAILABLE, e.errno(), "mount", volume,
                    "type " + kind.type() + ", device " + kind.source() + " can't be mounted: " + e.getMessage(), e);
        }
    }

    @Override
    public void unmount(MountVolumeRequest request) throws DriverException {
        doing("unmount", request.volume(), () -> {
            checkUser("unmount", request);
            uses.end(request.volume(), request.user());
            return true;
        });
    }

    private static void checkUser(String operation, MountVolumeRequest request) throws DriverException {
        if (!request.user().matches("[0-9a-f]{1,64}")) {
            throw Failures.invalid(operation, request.volume(), "a user is 1 to 64 characters of 0-9 and a-f");
        }
    }

    @Override
    public void remove(VolumeTarget target) throws DriverException {
        String volume = target.volume();
        doing("remove", volume, () -> {
            if (store.presence(volume) == Presence.FOREIGN) {
                throw foreign("remove", volume);
            }
            if (!uses.clearIfUnused(volume)) {
                throw new DriverException(DriverErrorCode.BUSY, 0, "remove", volume,
                        "it is used by " + String.join(", ", uses.users(volume)) + "; stop that first");
            }
            store.remove(volume);
            return true;
        });
    }

    @Override
    public Inspection inspect(VolumeTarget target) throws DriverException {
        String volume = target.volume();
        return doing("inspect", volume, () -> {
            Presence presence = store.presence(volume);
            return new Inspection(presence, switch (presence) {
                case PRESENT -> "the volume is complete";
                case ABSENT -> "nothing of the volume is there";
                case PARTIAL -> "the volume was not finished, or not removed whole";
                case FOREIGN -> "what stands at " + store.path(volume) + " is no volume";
            });
        });
    }

    @Override
    public List<VolumeEntry> list() throws DriverException {
        try {
            return store.list().entrySet().stream().map(entry -> new VolumeEntry(entry.getKey(), entry.getValue())).toList();
        } catch (LinuxException e) {
            throw Failures.of("list", "local", e);
        }
    }

    @Override
    public void close() {
        store.close();
        uses.close();
    }
}

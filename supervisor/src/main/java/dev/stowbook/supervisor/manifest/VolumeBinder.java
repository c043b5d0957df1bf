package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.MountSpec.Propagation;
import dev.stowbook.supervisor.model.VolumeSpec;
import dev.stowbook.supervisor.model.VolumeSpec.HostPathType;
import java.util.Collections;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Checked values about volumes to records. */
final class VolumeBinder {
    private static final long LEAST_BYTES = 4096;

    private VolumeBinder() {}

    static VolumeSpec volume(Value.Fields volume, Problems problems) {
        return new VolumeSpec(
                volume.text("name").orElseThrow(),
                given(volume, "emptyDir").map(empty -> new VolumeSpec.EmptyDir(
                        empty.text("medium").isPresent(), size(empty, problems))),
                given(volume, "hostPath").map(host -> new VolumeSpec.HostPath(
                        host.text("path").orElseThrow(), type(host.text("type").orElse("")))),
                given(volume, "persistentVolumeClaim")
                        .map(claim -> new VolumeSpec.Kept(
                                claim.text("claimName").orElseThrow(), claim.truth("readOnly").orElse(false), Optional.empty(), true))
                        .or(() -> given(volume, "stowbook").map(own -> kept(own, problems))));
    }

    private static VolumeSpec.Kept kept(Value.Fields own, Problems problems) {
        return new VolumeSpec.Kept(
                own.text("volume").orElseThrow(),
                own.truth("readOnly").orElse(false),
                Optional.of(new VolumeSpec.Making(
                        own.text("driver").orElse("local"),
                        Collections.unmodifiableSortedMap(new TreeMap<>(own.pairs("options"))),
                        size(own, problems))),
                own.truth("copy").orElse(true));
    }

    private static Optional<Value.Fields> given(Value.Fields object, String name) {
        return object.values().containsKey(name) ? Optional.of(object.fields(name)) : Optional.empty();
    }

    /** A size in bytes, and what is wrong with it as a problem. */
    static OptionalLong size(Value.Fields object, Problems problems) {
        Optional<Value.Amount> amount = object.amount("sizeLimit");
        if (amount.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            long bytes = amount.get().quantity().wholeNumber("byte");
            if (bytes < LEAST_BYTES) {
                throw new ArithmeticException("is less than 4Ki, in which nothing fits");
            }
            return OptionalLong.of(bytes);
        } catch (ArithmeticException e) {
            problems.add(amount.get().place(), amount.get().path(), e.getMessage() + ": write bytes, such as 64Mi or 1Gi.");
            return OptionalLong.empty();
        }
    }

    private static HostPathType type(String word) {
        return switch (word) {
            case "Directory" -> HostPathType.DIRECTORY;
            case "DirectoryOrCreate" -> HostPathType.DIRECTORY_OR_CREATE;
            case "File" -> HostPathType.FILE;
            case "FileOrCreate" -> HostPathType.FILE_OR_CREATE;
            case "Socket" -> HostPathType.SOCKET;
            case "CharDevice" -> HostPathType.CHAR_DEVICE;
            case "BlockDevice" -> HostPathType.BLOCK_DEVICE;
            default -> HostPathType.ANY;
        };
    }

    static MountSpec mount(Value.Fields mount) {
        boolean readOnly = mount.truth("readOnly").orElse(false);
        boolean propagates = !mount.text("mountPropagation").orElse("None").equals("None");
        return new MountSpec(
                mount.text("name").orElseThrow(),
                mount.text("mountPath").orElseThrow(),
                mount.text("subPath").orElse(""),
                readOnly,
                readOnly && !propagates && !mount.text("recursiveReadOnly").orElse("Enabled").equals("Disabled"),
                switch (mount.text("mountPropagation").orElse("None")) {
                    case "HostToContainer" -> Propagation.HOST_TO_CONTAINER;
                    case "Bidirectional" -> Propagation.BIDIRECTIONAL;
                    default -> Propagation.NONE;
                });
    }
}

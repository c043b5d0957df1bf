package dev.stowbook.volume.local;

import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;

/** What a volume's options make of it. They are those of Docker's driver of the same name, and {@code mode}. */
sealed interface VolumeKind {
    /** What options there are. */
    Set<String> OPTIONS = Set.of("type", "o", "device", "mode");

    /** A directory of our own, its root with these permissions. */
    record Plain(int mode) implements VolumeKind {}

    /** A directory of the host that exists by itself. */
    record Elsewhere(Path directory, boolean readOnly) implements VolumeKind {}

    /**
     * A file system that is mounted while somebody uses the volume.
     *
     * @param type as mount(8) has it
     * @param source what is mounted
     * @param attributes of the mount, MOUNT_ATTR_*
     * @param settings for fsconfig(2), {@code key=value} or a word
     */
    record FileSystem(String type, String source, long attributes, List<String> settings) implements VolumeKind {}

    /**
     * Reads options.
     *
     * @throws DriverException INVALID for what cannot be read, UNSUPPORTED for a quota that nothing would keep
     */
    static VolumeKind of(String volume, VolumeRecord record) throws DriverException {
        SortedMap<String, String> options = record.options();
        for (var option : options.entrySet()) {
            if (!OPTIONS.contains(option.getKey())) {
                throw invalid(volume, "the driver local has no option " + option.getKey() + "; it has type, device, o and mode");
            }
            if (option.getValue().isEmpty() || option.getValue().chars().anyMatch(c -> c < 32 || c == 127)) {
                throw invalid(volume, "option " + option.getKey() + " is empty or holds control characters");
            }
        }
        Optional<String> type = Optional.ofNullable(options.get("type"));
        List<String> words = words(options);
        boolean bind = words.contains("bind") || words.contains("rbind");
        if (type.isEmpty() && options.get("device") == null && words.isEmpty()) {
            return plain(volume, options, record.quotaBytes());
        }
        if (options.containsKey("mode")) {
            throw invalid(volume, "mode is for volumes without type, device and o; with type=tmpfs say o=mode=0755");
        }
        return bind ? elsewhere(volume, options, words, record.quotaBytes()) : fileSystem(volume, type, options, words, record.quotaBytes());
    }

    private static List<String> words(SortedMap<String, String> options) {
        return options.containsKey("o") ? List.of(options.get("o").split(",")) : List.of();
    }

    private static VolumeKind plain(String volume, SortedMap<String, String> options, OptionalLong quotaBytes) throws DriverException {
        String mode = options.getOrDefault("mode", "0755");
        if (!mode.matches("0?[0-7]{3,4}")) {
            throw invalid(volume, "mode is not an octal number such as 0755: " + mode);
        }
        refuseQuota(volume, quotaBytes);
        return new Plain(Integer.parseInt(mode, 8));
    }

    private static VolumeKind elsewhere(
            String volume, SortedMap<String, String> options, List<String> words, OptionalLong quotaBytes) throws DriverException {
        String device = options.getOrDefault("device", "");
        if (!device.startsWith("/") || List.of(device.split("/")).contains("..")) {
            throw invalid(volume, "o=bind needs device=/an/absolute/path without \"..\"");
        }
        if (!Set.of("", "none", "bind").contains(options.getOrDefault("type", ""))) {
            throw invalid(volume, "o=bind goes with type=none, not with type=" + options.get("type"));
        }
        for (String word : words) {
            if (!Set.of("bind", "rbind", "rw", "ro").contains(word)) {
                throw invalid(volume, "with o=bind there are ro and rw, no " + word);
            }
        }
        refuseQuota(volume, quotaBytes);
        return new Elsewhere(Path.of(device).normalize(), words.contains("ro"));
    }

    private static void refuseQuota(String volume, OptionalLong quotaBytes) throws DriverException {
        if (quotaBytes.isPresent()) {
            throw new DriverException(DriverErrorCode.UNSUPPORTED, 0, "create", volume,
                    "the driver local limits the size of tmpfs volumes only; leave the size out or say type=tmpfs (emptyDir: medium: Memory)");
        }
    }

    private static VolumeKind fileSystem(
            String volume, Optional<String> type, SortedMap<String, String> options, List<String> words, OptionalLong quotaBytes)
            throws DriverException {
        if (type.isEmpty() || !type.get().matches("[a-z0-9_.]{1,32}")) {
            throw invalid(volume, "device and o need type, the kind of file system, such as tmpfs, nfs or ext4; or o=bind");
        }
        boolean tmpfs = type.get().equals("tmpfs");
        String source = options.getOrDefault("device", tmpfs ? "tmpfs" : "");
        if (source.isEmpty()) {
            throw invalid(volume, "type=" + type.get() + " needs device, what is mounted");
        }
        long attributes = tmpfs ? MountCalls.MOUNT_ATTR_NOSUID | MountCalls.MOUNT_ATTR_NODEV : 0;
        List<String> settings = new ArrayList<>();
        for (String word : words) {
            switch (word) {
                case "", "rw", "defaults" -> {}
                case "ro" -> attributes |= MountCalls.MOUNT_ATTR_RDONLY;
                case "nosuid" -> attributes |= MountCalls.MOUNT_ATTR_NOSUID;
                case "nodev" -> attributes |= MountCalls.MOUNT_ATTR_NODEV;
                case "noexec" -> attributes |= MountCalls.MOUNT_ATTR_NOEXEC;
                default -> settings.add(word);
            }
        }
        if (quotaBytes.isPresent()) {
            if (!tmpfs || settings.stream().anyMatch(setting -> setting.startsWith("size="))) {
                throw new DriverException(DriverErrorCode.UNSUPPORTED, 0, "create", volume,
                        "a size can be given for type=tmpfs only, and once");
            }
            settings.add("size=" + quotaBytes.getAsLong());
        }
        return new FileSystem(type.get(), source, attributes, settings);
    }

    private static DriverException invalid(String volume, String sentence) {
        return Failures.invalid("create", volume, sentence);
    }
}

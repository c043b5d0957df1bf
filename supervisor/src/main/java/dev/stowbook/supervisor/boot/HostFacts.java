package dev.stowbook.supervisor.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What {@code info} says about the host beside what drivers know. */
final class HostFacts {
    private static final Path APPARMOR = Path.of("/sys/module/apparmor/parameters/enabled");
    private static final Path SELINUX = Path.of("/sys/fs/selinux/enforce");

    /** The daemon makes and limits groups itself. */
    static final String CGROUPFS = "cgroupfs";

    /** There if systemd is the first process: sd_booted(3). */
    private static final Path SYSTEMD = Path.of("/run/systemd/system");

    private HostFacts() {}

    /** A warning where systemd and the daemon both manage the cgroups of one host. */
    static Optional<String> managers(String driver, String manager) {
        return manager.equals(CGROUPFS) && Files.isDirectory(SYSTEMD)
                ? Optional.of("systemd manages this host's cgroups, and the daemon makes and limits its own beside it: two managers can undo"
                        + " each other's work under pressure; let systemd do both with drivers.settings." + driver + ".manager: systemd in the"
                        + " configuration")
                : Optional.empty();
    }

    static String apparmor() {
        return read(APPARMOR).equals("Y") ? "active; no profile of ours is loaded" : "not active on this host";
    }

    static String selinux() {
        return switch (read(SELINUX)) {
            case "1" -> "enforcing; containers are not labelled: expect refusals, or run permissive";
            case "0" -> "permissive";
            default -> "not active on this host";
        };
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).trim();
        } catch (IOException e) {
            return "";
        }
    }
}

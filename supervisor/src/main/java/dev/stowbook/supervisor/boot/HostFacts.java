package dev.stowbook.supervisor.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What {@code info} says about the host beside what drivers know. */
final class HostFacts {
    private static final Path APPARMOR = Path.of("/sys/module/apparmor/parameters/enabled");
    private static final Path SELINUX = Path.of("/sys/fs/selinux/enforce");

    private HostFacts() {}

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

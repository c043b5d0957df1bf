package dev.stowbook.supervisor.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The drivers' run directories: what lies there is about kernel objects, none of which outlives a boot. */
final class RunDirectories {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private RunDirectories() {}

    /** Makes the directory, empty if the machine was booted since it was last made: not every run directory is a tmpfs. */
    static void emptyAfterBoot(Path drivers) throws IOException {
        String bootId = Files.readString(BOOT_ID).strip();
        Path mark = drivers.resolve("boot-id");
        if (Files.exists(mark) && Files.readString(mark).strip().equals(bootId)) {
            return;
        }
        PrivateDirectories.remove(drivers);
        PrivateDirectories.make(drivers);
        Files.writeString(mark, bootId + System.lineSeparator());
    }
}

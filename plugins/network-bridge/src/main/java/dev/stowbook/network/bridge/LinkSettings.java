package dev.stowbook.network.bridge;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * IPv4 settings of single links: {@code /proc/sys/net/ipv4/conf/LINK/...} (kernel documentation, networking/ip-sysctl). The files
 * are those of the calling thread's namespace. The global {@code ip_forward} and {@code all} are never touched.
 */
final class LinkSettings {
    static final String FORWARDING = "forwarding";
    static final String ROUTE_LOCALNET = "route_localnet";

    private LinkSettings() {}

    /** Whether a setting is on; false if the link is gone. */
    static boolean isOn(String link, String setting) throws DriverException {
        try {
            return Files.readString(file(link, setting)).strip().equals("1");
        } catch (IOException e) {
            if (Files.notExists(file(link, setting))) {
                return false; // the link went before or while the file was read
            }
            throw failure("read", link, setting, e);
        }
    }

    /** Sets a setting; nothing is written if it is so already. */
    static void set(String link, String setting, boolean on) throws DriverException {
        if (isOn(link, setting) == on) {
            return;
        }
        try {
            Files.writeString(file(link, setting), on ? "1" : "0");
        } catch (IOException e) {
            throw failure("write " + (on ? "1" : "0"), link, setting, e);
        }
    }

    private static Path file(String link, String setting) {
        return Path.of("/proc/sys/net/ipv4/conf", link, setting);
    }

    private static DriverException failure(String operation, String link, String setting, IOException e) {
        return new DriverException(
                DriverErrorCode.DENIED, 0, operation, file(link, setting).toString(), "the kernel refused: " + e, e);
    }
}

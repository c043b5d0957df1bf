package dev.stowbook.network.bridge;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Settings of single links: {@code /proc/sys/net/FAMILY/conf/LINK/NAME} (kernel documentation, networking/ip-sysctl). The files are those
 * of the calling thread's network namespace. Link {@code all} stands for the whole namespace where that is meant.
 */
enum LinkSetting {
    /** Whether packets that come in by the link are forwarded. */
    FORWARDING4("ipv4", "forwarding", "0", "1"),
    /** Whether 127.0.0.0/8 may be sent to and come in by the link. */
    ROUTE_LOCALNET("ipv4", "route_localnet", "0", "1"),
    /** The same as forwarding of IPv4, for IPv6 and since Linux 6.17: there, {@link #FORWARDING6} of one link does not forward. */
    FORCE_FORWARDING6("ipv6", "force_forwarding", "0", "1"),
    /** Of {@code all}: whether the namespace forwards IPv6; of one link: whether it behaves as a router's. */
    FORWARDING6("ipv6", "forwarding", "0", "1"),
    /** Router advertisements: taken unless the link is a router's, or even then (2). */
    ADVERTISEMENTS_OF_ROUTER("ipv6", "accept_ra", "1", "2"),
    ADVERTISEMENTS("ipv6", "accept_ra", "0", "1"),
    DUPLICATE_DETECTION("ipv6", "accept_dad", "0", "1"),
    DISABLE_IPV6("ipv6", "disable_ipv6", "0", "1");

    /** The name that stands for every link. */
    static final String ALL = "all";

    private final String family;
    private final String name;
    private final String off;
    private final String on;

    LinkSetting(String family, String name, String off, String on) {
        this.family = family;
        this.name = name;
        this.off = off;
        this.on = on;
    }

    /** Whether the kernel knows the setting for a link: false if the link is gone, or the kernel is older. */
    boolean exists(String link) {
        return Files.exists(file(link));
    }

    /** Whether a setting has its value for on; false if the link is gone. */
    boolean isOn(String link) throws DriverException {
        return value(link).equals(Optional.of(on));
    }

    boolean isOff(String link) throws DriverException {
        return value(link).equals(Optional.of(off));
    }

    /** Sets a setting; nothing is written if it is so already. */
    void set(String link, boolean wanted) throws DriverException {
        String value = wanted ? on : off;
        if (value(link).equals(Optional.of(value))) {
            return;
        }
        try {
            Files.writeString(file(link), value);
        } catch (IOException e) {
            throw failure("write " + value, link, e);
        }
    }

    private Optional<String> value(String link) throws DriverException {
        try {
            return Optional.of(Files.readString(file(link)).strip());
        } catch (IOException e) {
            if (Files.notExists(file(link))) {
                return Optional.empty(); // the link went before or while the file was read
            }
            throw failure("read", link, e);
        }
    }

    private Path file(String link) {
        return Path.of("/proc/sys/net", family, "conf", link, name);
    }

    private DriverException failure(String operation, String link, IOException e) {
        return new DriverException(DriverErrorCode.DENIED, 0, operation, file(link).toString(), "the kernel refused: " + e, e);
    }
}

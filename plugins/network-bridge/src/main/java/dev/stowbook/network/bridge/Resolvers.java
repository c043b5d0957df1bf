package dev.stowbook.network.bridge;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The name servers of the host that a container can reach: those of resolv.conf(5) that are not loopback addresses. Where only a
 * local stub is named, as systemd-resolved(8) does with 127.0.0.53, the file with the stub's own servers is read instead.
 */
final class Resolvers {
    private static final int MAXNS = 3; // resolv.conf(5)

    private final List<Path> files;

    Resolvers(List<Path> files) {
        this.files = List.copyOf(files);
    }

    static Resolvers ofHost() {
        return new Resolvers(List.of(Path.of("/etc/resolv.conf"), Path.of("/run/systemd/resolve/resolv.conf")));
    }

    List<String> reachable() throws DriverException {
        for (Path file : files) {
            List<String> found = read(file);
            if (!found.isEmpty()) {
                return found;
            }
        }
        return List.of();
    }

    private static List<String> read(Path file) throws DriverException {
        try {
            return Files.readAllLines(file).stream()
                    .map(line -> line.strip().split("\\s+"))
                    .filter(words -> words.length >= 2 && words[0].equals("nameserver"))
                    .map(words -> words[1])
                    .filter(address -> !isLoopback(address))
                    .limit(MAXNS)
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new DriverException(DriverErrorCode.IO, 0, "read", file.toString(), "unreadable: " + e, e);
        }
    }

    private static boolean isLoopback(String address) {
        return address.startsWith("127.") || address.equals("::1") || address.startsWith("::ffff:127.");
    }
}

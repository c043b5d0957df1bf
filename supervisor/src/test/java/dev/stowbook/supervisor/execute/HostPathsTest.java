package dev.stowbook.supervisor.execute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.model.MountSource;
import dev.stowbook.supervisor.model.VolumeSpec.HostPath;
import dev.stowbook.supervisor.model.VolumeSpec.HostPathType;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostPathsTest {
    @TempDir
    Path scratch;

    private static MountSource find(Path path, HostPathType type) throws Exception {
        return HostPaths.find(new HostPath(path.toString(), type));
    }

    @Test
    void whatIsThereMustBeOfTheTypeThatIsAskedFor() throws Exception {
        Path directory = Files.createDirectory(scratch.resolve("directory"));
        Path file = Files.writeString(scratch.resolve("file"), "");
        Path socket = scratch.resolve("socket");
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(socket));
            Map<Path, Set<HostPathType>> fitting = Map.of(
                    directory, Set.of(HostPathType.ANY, HostPathType.DIRECTORY, HostPathType.DIRECTORY_OR_CREATE),
                    file, Set.of(HostPathType.ANY, HostPathType.FILE, HostPathType.FILE_OR_CREATE),
                    socket, Set.of(HostPathType.ANY, HostPathType.SOCKET),
                    Path.of("/dev/null"), Set.of(HostPathType.ANY, HostPathType.CHAR_DEVICE));
            for (var each : fitting.entrySet()) {
                for (HostPathType type : HostPathType.values()) {
                    if (each.getValue().contains(type)) {
                        assertEquals(new MountSource(each.getKey().toString(), false), find(each.getKey(), type));
                    } else {
                        StartFailure e = assertThrows(StartFailure.class, () -> find(each.getKey(), type), each.getKey() + " " + type);
                        assertTrue(e.getMessage().contains(each.getKey().toString()), e.getMessage());
                    }
                }
            }
        }
    }

    @Test
    void whatIsMissingIsMadeOnlyIfAsked() throws Exception {
        Path missing = scratch.resolve("a/b");
        for (HostPathType type : HostPathType.values()) {
            if (type != HostPathType.DIRECTORY_OR_CREATE && type != HostPathType.FILE_OR_CREATE) {
                StartFailure e = assertThrows(StartFailure.class, () -> find(missing, type));
                assertTrue(e.getMessage().contains("does not exist on the host"), e.getMessage());
            }
        }
        assertFalse(Files.exists(missing.getParent()));
        find(missing, HostPathType.DIRECTORY_OR_CREATE);
        assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(missing)));
        find(missing.resolve("file"), HostPathType.FILE_OR_CREATE);
        assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(missing.resolve("file"))));
    }
}

package dev.stowbook.testkit.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The descriptors of this process ({@code /proc/self/fd}, proc_pid_fd(5)). */
public final class OpenFiles {
    private OpenFiles() {}

    /**
     * That this process has nothing open at a path or below it.
     *
     * @param when what the failure's message begins with
     */
    public static void assertNoneBelow(Path directory, String when) throws IOException {
        List<Path> open = new ArrayList<>();
        try (var descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    Path target = Files.readSymbolicLink(descriptor);
                    if (target.startsWith(directory)) {
                        open.add(target);
                    }
                } catch (NoSuchFileException e) {
                    // closed meanwhile: another thread's, or that of this listing
                }
            }
        }
        assertEquals(List.of(), open, when + ": left open");
    }
}

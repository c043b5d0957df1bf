package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FirstContainerTest {
    private Containers containers;

    @BeforeEach
    void open() throws Exception {
        containers = new Containers();
    }

    @AfterEach
    void close() throws Exception {
        containers.close();
    }

    @Test
    void aContainerRunsAndItsOutputAndExitCodeAreKept() throws Exception {
        Containers.Box box = containers.shell("echo hello; echo oops >&2; exit 7");
        KeeperMessage.Exited exited = box.run();
        assertEquals(7, exited.code());
        assertEquals(OptionalInt.empty(), exited.signal());
        assertEquals("hello\n", box.stdout());
        assertEquals("oops\n", box.stderr());
        ExitFile file = ExitFile.read(box.state()).orElseThrow();
        assertEquals(7, file.code());
        assertEquals(exited.at(), file.at());
        assertTrue(file.startFailure().isEmpty());
    }
}

package dev.stowbook.supervisor.execute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreesTest {
    private static final ContainerId CONTAINER = new ContainerId("c".repeat(64));
    private static final ExecId EXEC = new ExecId("e".repeat(64));

    @TempDir
    Path directory;

    @Test
    void whatAKeeperRenamesMeanwhileKeepsNothingFromGoing() throws Exception {
        for (int round = 0; round < 1000; round++) {
            Path top = directory.resolve("container-" + round);
            Path exec = Files.createDirectories(top.resolve("exec"));
            CompletableFuture<Void> keeper = CompletableFuture.runAsync(() -> writeLastWords(exec));
            Trees.delete(top);
            keeper.join();
            assertFalse(Files.exists(top), "after " + round);
        }
    }

    /** As keepers do: whole before it has its name. Ends when the directory does. */
    private static void writeLastWords(Path exec) {
        try {
            for (int word = 0; word < 5; word++) {
                Path temporary = Files.writeString(exec.resolve("exit.new"), "0");
                Files.move(temporary, exec.resolve("exit-" + word));
            }
        } catch (NoSuchFileException e) {
            // gone, directory or file
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    @Test
    void linksAreDeletedAndNotFollowed() throws Exception {
        Path kept = Files.writeString(Files.createDirectory(directory.resolve("elsewhere")).resolve("kept"), "x");
        Path top = Files.createDirectory(directory.resolve("top"));
        Files.createSymbolicLink(top.resolve("link"), kept.getParent());
        Trees.delete(top);
        Trees.delete(top);
        assertFalse(Files.exists(top));
        assertTrue(Files.exists(kept));
    }

    @Test
    void anExecOfAContainerThatIsGoneMakesNoDirectoryForIt() throws Exception {
        Directories directories = new Directories(directory, directory);
        Files.createDirectories(directories.container(CONTAINER));
        assertEquals(directories.exec(CONTAINER, EXEC), directories.makeExec(CONTAINER, EXEC));
        assertTrue(Files.isDirectory(directories.makeExec(CONTAINER, EXEC)), "once more, after a crash");
        Trees.delete(directories.container(CONTAINER));
        assertThrows(NoSuchFileException.class, () -> directories.makeExec(CONTAINER, EXEC));
        assertFalse(Files.exists(directories.container(CONTAINER)));
    }
}

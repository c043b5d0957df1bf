package dev.stowbook.testkit.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.CommitRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a graph driver before each of its file system calls in turn. Whenever it is killed, a new instance calls the layer ABSENT or PARTIAL, or
 * PRESENT and then it is whole; the verb called again completes it; removing it leaves nothing.
 */
public abstract class GraphDriverCrashContract {
    private static final String BASE = "ba5e";
    private static final String LAYER = "1a7e";
    private static final byte[] BASE_TAR = new TarBytes()
            .owner(3, 4).directory("./", 0711).directory("etc/", 0755).file("etc/a", 0644, "a").file("etc/b", 0644, "b").bytes();
    private static final byte[] TOP_TAR = new TarBytes().whiteout("etc/a").file("etc/c", 0644, "c").hardLink("d", "etc/c").bytes();

    @TempDir
    Path scratch;

    /** Opens a new instance that makes its calls through the ones given. */
    protected abstract GraphDriver open(FileCalls files, Path privateDirectory) throws DriverException;

    /** As above, for drivers that make calls of other kinds, too, which are to end with the process. */
    protected GraphDriver open(MortalFileCalls mortal, Path privateDirectory) throws DriverException {
        return open(mortal.calls(), privateDirectory);
    }

    /** Where the driver's directory is made: on the file system that it is to be tested on. */
    protected Path parentOfHome() {
        return scratch;
    }

    /** Takes the driver's directory away with all in it; for drivers whose layers cannot be removed file by file. */
    protected void removeHome(Path home) throws Exception {
        FileCalls files = FileCalls.linux();
        try (Fd parent = files.open(LibC.AT_FDCWD, home.getParent().toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            new Trees(files).remove(parent.number(), home.getFileName().toString());
        }
    }

    private interface Verb {
        void run(GraphDriver driver) throws Exception;
    }

    private static void applyBase(GraphDriver driver) throws DriverException {
        driver.applyDiff(new ApplyDiffRequest(BASE, Optional.empty(), new ByteArrayInputStream(BASE_TAR), "1"));
    }

    @Test
    void prepareMayBeCutOffAnywhere() throws Exception {
        cutOffEverywhere(
                GraphDriverCrashContract::applyBase,
                driver -> driver.prepare(new PrepareRequest(LAYER, Optional.of(BASE), OptionalLong.empty(), "1")));
    }

    @Test
    void applyDiffMayBeCutOffAnywhere() throws Exception {
        cutOffEverywhere(
                GraphDriverCrashContract::applyBase,
                driver -> driver.applyDiff(
                        new ApplyDiffRequest(LAYER, Optional.of(BASE), new ByteArrayInputStream(TOP_TAR), "1")));
    }

    @Test
    void commitMayBeCutOffAnywhere() throws Exception {
        cutOffEverywhere(
                driver -> {
                    applyBase(driver);
                    driver.prepare(new PrepareRequest("aa", Optional.of(BASE), OptionalLong.empty(), "1"));
                    try (Views view = Views.open(driver, "aa")) {
                        Files.delete(view.path("etc/a"));
                        Files.writeString(view.path("etc/new"), "new");
                    }
                },
                driver -> driver.commit(new CommitRequest("aa", LAYER, "1")));
    }

    @Test
    void removeMayBeCutOffAnywhere() throws Exception {
        for (long call = 1; ; call++) {
            Path home = Files.createDirectory(parentOfHome().resolve("home"));
            try (GraphDriver driver = open(FileCalls.linux(), home)) {
                applyBase(driver);
            }
            boolean killed = killedBefore(call, home, driver -> driver.remove(new LayerTarget(BASE, "1")));
            try (GraphDriver driver = open(FileCalls.linux(), home)) {
                List<String> whole = presence(driver, BASE) == Presence.PRESENT ? listing(driver, BASE) : List.of();
                assertTrue(whole.isEmpty() || whole.size() == 4, "killed before call " + call + ": " + whole);
                driver.remove(new LayerTarget(BASE, "1"));
                assertEquals(Presence.ABSENT, presence(driver, BASE));
                assertEquals(List.of(), driver.list());
            }
            assertEquals(0, Files.list(home).count());
            removeHome(home);
            if (!killed) {
                return;
            }
        }
    }

    private void cutOffEverywhere(Verb before, Verb verb) throws Exception {
        List<String> expected;
        Path home = Files.createDirectory(parentOfHome().resolve("home"));
        try (GraphDriver driver = open(FileCalls.linux(), home)) {
            before.run(driver);
            verb.run(driver);
            expected = listing(driver, LAYER);
        }
        removeHome(home);
        for (long call = 1; ; call++) {
            home = Files.createDirectory(parentOfHome().resolve("home"));
            try (GraphDriver driver = open(FileCalls.linux(), home)) {
                before.run(driver);
            }
            boolean killed = killedBefore(call, home, verb);
            try (GraphDriver driver = open(FileCalls.linux(), home)) {
                Presence presence = presence(driver, LAYER);
                assertNotEquals(Presence.FOREIGN, presence, "killed before call " + call);
                if (presence == Presence.PRESENT) {
                    assertEquals(expected, listing(driver, LAYER), "killed before call " + call);
                }
                verb.run(driver);
                assertEquals(Presence.PRESENT, presence(driver, LAYER));
                assertEquals(expected, listing(driver, LAYER), "killed before call " + call + " and called again");
                driver.remove(new LayerTarget(LAYER, "1"));
                assertEquals(Presence.ABSENT, presence(driver, LAYER));
            }
            removeHome(home);
            if (!killed) {
                return;
            }
        }
    }

    private boolean killedBefore(long call, Path home, Verb verb) throws Exception {
        try (GraphDriver driver = open(new MortalFileCalls(call), home)) {
            verb.run(driver);
            return false;
        } catch (MortalFileCalls.Killed e) {
            return true;
        }
    }

    private static Presence presence(GraphDriver driver, String id) throws DriverException {
        return driver.inspect(new LayerTarget(id, "1")).presence();
    }

    /** Without times, which directories written to get anew. */
    private static List<String> listing(GraphDriver driver, String id) throws Exception {
        try (Views view = Views.open(driver, id)) {
            return TreeListing.of(view.path("")).stream().map(line -> line.replaceAll("@[0-9.]+", "")).toList();
        }
    }
}

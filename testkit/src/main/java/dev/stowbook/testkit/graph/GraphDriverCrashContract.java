package dev.stowbook.testkit.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.DiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.testkit.fault.Faults;
import dev.stowbook.testkit.fault.OpenFiles;
import dev.stowbook.testkit.fault.UsualErrors;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Kills a graph driver before each of its file system calls in turn, and lets each of them fail.
 *
 * <p>Whenever it is killed, a new instance calls the layer ABSENT or PARTIAL, or PRESENT and then it is whole; the verb called again completes
 * it; removing it leaves nothing. A failure is told as what it is ({@link UsualErrors}); a layer whose making failed is ABSENT, since on a full
 * disk half a layer is in the way of everybody; the same instance makes it when called again, and holds no file open. A failed read is never
 * taken for an answer.
 */
public abstract class GraphDriverCrashContract extends GraphDriverFaultFixture {
    private static final int MOST_CALLS = 2000;

    @Test
    void prepareMayBeCutOffAnywhere() throws Exception {
        everywhere(GraphDriverFaultFixture::applyBase, GraphDriverFaultFixture::prepareLayer);
    }

    @Test
    void applyDiffMayBeCutOffAnywhere() throws Exception {
        everywhere(GraphDriverFaultFixture::applyBase, GraphDriverFaultFixture::applyLayer);
    }

    @Test
    void commitMayBeCutOffAnywhere() throws Exception {
        everywhere(GraphDriverFaultFixture::writeOnBase, GraphDriverFaultFixture::commitLayer);
    }

    private void everywhere(Verb before, Verb verb) throws Exception {
        prepareHome(before);
        List<String> expected;
        try (GraphDriver driver = open(FileCalls.linux(), home)) {
            verb.run(driver);
            expected = listing(driver, LAYER);
        }
        removeHome(home);
        everyCall(faults -> {
            prepareHome(before);
            GraphDriver struck = open(faults, home);
            try (struck) {
                if (failed(faults, struck, verb)) {
                    assertEquals(Presence.ABSENT, presence(struck, LAYER), faults + ": what was made is taken away");
                    verb.run(struck);
                    assertEquals(expected, listing(struck, LAYER), faults + ", and called again");
                }
            }
            assertNothingOpen(faults);
            try (GraphDriver driver = open(FileCalls.linux(), home)) {
                completedByANewInstance(driver, verb, expected, faults);
            }
            removeHome(home);
        });
    }

    private static void completedByANewInstance(GraphDriver driver, Verb verb, List<String> expected, Faults faults) throws Exception {
        Presence presence = presence(driver, LAYER);
        assertNotEquals(Presence.FOREIGN, presence, faults.toString());
        if (presence == Presence.PRESENT) {
            assertEquals(expected, listing(driver, LAYER), faults.toString());
        }
        verb.run(driver);
        assertEquals(Presence.PRESENT, presence(driver, LAYER));
        assertEquals(expected, listing(driver, LAYER), faults + ", and called again");
        driver.remove(new LayerTarget(LAYER, "1"));
        assertEquals(Presence.ABSENT, presence(driver, LAYER));
    }

    @Test
    void removeMayBeCutOffAnywhere() throws Exception {
        Verb remove = driver -> driver.remove(new LayerTarget(BASE, "1"));
        everyCall(faults -> {
            prepareHome(GraphDriverFaultFixture::applyBase);
            GraphDriver struck = open(faults, home);
            try (struck) {
                if (failed(faults, struck, remove)) {
                    assertGoneOrWhole(struck, faults);
                    remove.run(struck);
                    assertEquals(Presence.ABSENT, presence(struck, BASE), faults.toString());
                }
            }
            assertNothingOpen(faults);
            try (GraphDriver driver = open(FileCalls.linux(), home)) {
                assertGoneOrWhole(driver, faults);
                remove.run(driver);
                assertEquals(Presence.ABSENT, presence(driver, BASE), faults.toString());
                assertEquals(List.of(), driver.list());
            }
            try (var left = Files.list(home)) {
                assertEquals(0, left.count(), faults.toString());
            }
            removeHome(home);
        });
    }

    private static void assertGoneOrWhole(GraphDriver driver, Faults faults) throws Exception {
        List<String> whole = presence(driver, BASE) == Presence.PRESENT ? listing(driver, BASE) : List.of();
        assertTrue(whole.isEmpty() || whole.size() == 4, faults + ": " + whole);
    }

    private interface Round {
        void run(Faults faults) throws Exception;
    }

    /** Killed before each call, and each call failing. */
    private static void everyCall(Round round) throws Exception {
        long calls = 0;
        for (boolean struck = true; struck; calls++) {
            assertTrue(calls < MOST_CALLS, "the verb never ends");
            struck = false;
            for (int errno : UsualErrors.forCall(calls, true)) {
                Faults faults = (errno == 0 ? Faults.killBefore(calls + 1) : Faults.failAt(calls + 1, errno)).held();
                round.run(faults);
                struck |= faults.struck();
            }
        }
        assertTrue(calls > 5, "the verb made only " + calls + " calls through the files it was given: it goes another way");
    }

    /** Whether the verb said that it failed; false if it was killed. */
    private static boolean failed(Faults faults, GraphDriver driver, Verb verb) throws Exception {
        faults.begin();
        try {
            verb.run(driver);
            return false;
        } catch (Faults.Killed e) {
            return false;
        } catch (DriverException e) {
            UsualErrors.assertTold(faults, e);
            return true;
        } catch (RuntimeException e) {
            throw new AssertionError(faults + ": not a typed failure", e);
        }
    }

    /** A process that is killed holds nothing open afterwards. */
    private void assertNothingOpen(Faults faults) throws Exception {
        if (faults.errno() != 0) {
            OpenFiles.assertNoneBelow(home, faults.toString());
        }
    }

    private interface Read {
        Object of(GraphDriver driver) throws Exception;
    }

    private static byte[] diff(GraphDriver driver) throws DriverException {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        driver.diff(new DiffRequest(WRITABLE, tar, "1"));
        return tar.toByteArray();
    }

    @Test
    void aReadThatFailsIsToldAndNeverTakenForAnAnswer() throws Exception {
        prepareHome(GraphDriverFaultFixture::writeOnBase);
        LayerTarget written = new LayerTarget(WRITABLE, "1");
        neverAnsweredWrongly("diff", driver -> Arrays.hashCode(diff(driver)), 5);
        neverAnsweredWrongly("changes", driver -> driver.changes(written), 5);
        neverAnsweredWrongly("usage", driver -> driver.usage(written), 5);
        neverAnsweredWrongly("inspect", driver -> driver.inspect(written), 1);
        neverAnsweredWrongly("list", GraphDriver::list, 1);
        removeHome(home);
    }

    private void neverAnsweredWrongly(String verb, Read read, int fewest) throws Exception {
        Object expected;
        try (GraphDriver driver = open(FileCalls.linux(), home)) {
            expected = read.of(driver);
        }
        long calls = 0;
        for (boolean struck = true; struck; calls++) {
            struck = false;
            for (int errno : UsualErrors.forCall(calls, false)) {
                Faults faults = Faults.failAt(calls + 1, errno).held();
                try (GraphDriver driver = open(faults, home)) {
                    faults.begin();
                    assertEquals(expected, read.of(driver), verb + ", " + faults);
                } catch (DriverException e) {
                    UsualErrors.assertTold(faults, e);
                }
                assertNothingOpen(faults);
                struck |= faults.struck();
            }
        }
        assertTrue(calls > fewest, verb + " made only " + (calls - 1) + " calls through the files it was given: it goes another way");
    }
}

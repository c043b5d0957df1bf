package dev.stowbook.supervisor.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DetachKeysTest {
    private static String type(DetachKeys keys, String... pieces) {
        StringBuilder through = new StringBuilder();
        for (String piece : pieces) {
            through.append(new String(keys.filter(piece.getBytes(ISO_8859_1), piece.length()), ISO_8859_1));
        }
        return through.toString();
    }

    @Test
    void theyAreSeenAlsoWhenTheyComeOneByOneAndDoNotReachTheProcess() {
        DetachKeys keys = DetachKeys.parse(DetachKeys.DEFAULT);
        assertEquals("ls\n", type(keys, "ls\n\20", "\21rest"));
        assertTrue(keys.typed());
    }

    @Test
    void whatOnlyBeginsLikeThemGoesThroughWithTheNextKey() {
        DetachKeys keys = DetachKeys.parse(DetachKeys.DEFAULT);
        assertEquals("", type(keys, "\20"));
        assertEquals("\20a", type(keys, "a"));
        assertEquals("\20", type(keys, "\20\20"));
        assertFalse(keys.typed());
        assertEquals("", type(keys, "\21"));
        assertTrue(keys.typed());
    }

    @Test
    void keysThatRepeatThemselvesAreFoundWhereverTheyBegin() {
        long seed = Long.getLong("stowbook.seed", new Random().nextLong(1L << 40));
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            String keys = word(random, 1 + random.nextInt(5));
            String typed = word(random, random.nextInt(30));
            DetachKeys detach = DetachKeys.parse(String.join(",", keys.split("")));
            String through = type(detach, typed.split(""));
            int at = typed.indexOf(keys);
            String message = "keys " + keys + ", typed " + typed + ", seed " + seed;
            assertEquals(at >= 0, detach.typed(), message);
            if (at >= 0) {
                assertEquals(typed.substring(0, at), through, message);
            } else {
                assertTrue(typed.startsWith(through) && keys.startsWith(typed.substring(through.length())), message);
            }
        }
    }

    private static String word(Random random, int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append("ab".charAt(random.nextInt(2)));
        }
        return word.toString();
    }

    @Test
    void noKeysNeverDetach() {
        DetachKeys keys = DetachKeys.parse("");
        assertEquals("a\20\21b", type(keys, "a\20\21b"));
        assertFalse(keys.typed());
    }

    @Test
    void whatIsNoKeyIsRefused() {
        for (String wrong : new String[] {"ctrl-p,", "ctrl-", "ctrl-pq", "ctrl-1", "esc", "a,,b"}) {
            Failure refused = assertThrows(Failure.class, () -> DetachKeys.parse(wrong), wrong);
            assertEquals(ExitCode.USAGE, refused.exitCode());
            assertTrue(refused.sentence().contains("ctrl-p,ctrl-q"), refused.sentence());
        }
        DetachKeys others = DetachKeys.parse("ctrl-],x");
        assertEquals("", type(others, "\35x"));
        assertTrue(others.typed());
    }
}

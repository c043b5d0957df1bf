package dev.stowbook.supervisor.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LogLineTest {
    private static String line(Level level, String logger, String message, @Nullable Throwable thrown) {
        LogRecord entry = new LogRecord(level, message);
        entry.setLoggerName(logger);
        entry.setInstant(Instant.parse("2026-01-02T03:04:05.678901Z"));
        entry.setThrown(thrown);
        return new LogLine().format(entry);
    }

    @Test
    void aRecordIsTimeLevelComponentAndMessage() {
        assertEquals(
                "2026-01-02T03:04:05.678Z INFO loop all is well\n",
                line(Level.INFO, "dev.stowbook.supervisor.loop.CommandLoop", "all is well", null));
        assertEquals("2026-01-02T03:04:05.678Z WARN org.pf4j.X first | second\n", line(Level.WARNING, "org.pf4j.X", "first\n  second\n", null));
    }

    @Test
    void aForeseenFailureShowsItsSentenceOnly() {
        assertEquals(
                "2026-01-02T03:04:05.678Z ERROR log it failed: no room\n",
                line(Level.SEVERE, "dev.stowbook.supervisor.log.FramedLog", "it failed", new IOException("no room")));
    }

    @Test
    void aBugShowsWhereItHappenedOnTheSameLine() {
        String line = line(Level.SEVERE, "dev.stowbook.supervisor.log.FramedLog", "it failed", new IllegalStateException("no", new IOException("why")));
        assertTrue(line.contains("it failed: java.lang.IllegalStateException: no at dev.stowbook.supervisor.boot.LogLineTest."), line);
        assertTrue(line.endsWith("; caused by why\n"), line);
        assertEquals(1, line.lines().count());
    }
}

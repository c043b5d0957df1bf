package dev.stowbook.supervisor.boot;

import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * A log record as one line: {@code time level component message}. Named by {@code logging.properties} of the distribution. Of a
 * failure that is foreseen its sentence is shown; of our own bugs also where they happened, on the same line.
 */
public final class LogLine extends Formatter {
    private static final String OURS = "dev.stowbook.supervisor.";
    private static final int FRAMES = 12;

    @Override
    public String format(LogRecord entry) {
        String message = formatMessage(entry) + thrown(entry.getThrown());
        return DateTimeFormatter.ISO_INSTANT.format(entry.getInstant().truncatedTo(ChronoUnit.MILLIS)) + " " + level(entry.getLevel())
                + " " + component(entry.getLoggerName()) + " " + message.strip().replaceAll("\\s*\\R\\s*", " | ") + "\n";
    }

    private static String level(Level level) {
        int value = level.intValue();
        return value >= Level.SEVERE.intValue() ? "ERROR"
                : value >= Level.WARNING.intValue() ? "WARN" : value >= Level.INFO.intValue() ? "INFO" : "DEBUG";
    }

    /** Of our own loggers the package, of others all. */
    private static String component(@Nullable String logger) {
        if (logger == null || logger.isEmpty()) {
            return "-";
        }
        String name = logger.startsWith(OURS) ? logger.substring(OURS.length()) : logger;
        int end = name.indexOf('.');
        return logger.startsWith(OURS) && end > 0 ? name.substring(0, end) : name;
    }

    private static String thrown(@Nullable Throwable thrown) {
        if (thrown == null) {
            return "";
        }
        StringBuilder text = new StringBuilder(": ").append(bug(thrown) || thrown.getMessage() == null ? thrown.toString() : thrown.getMessage());
        if (bug(thrown)) {
            StackTraceElement[] frames = thrown.getStackTrace();
            for (int i = 0; i < Math.min(FRAMES, frames.length); i++) {
                text.append(i == 0 ? " at " : " < ").append(frames[i]);
            }
            if (thrown.getCause() != null) {
                text.append("; caused by ").append(thrown(thrown.getCause()).substring(2));
            }
        }
        return text.toString();
    }

    private static boolean bug(Throwable thrown) {
        return thrown instanceof RuntimeException || thrown instanceof Error;
    }
}

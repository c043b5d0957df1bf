package dev.stowbook.supervisor.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** Times as the API writes them (RFC 3339, UTC), as people read and type them. */
final class Times {
    private Times() {}

    /** Parses a time in UTC; null if it is none. By hand: java.time's formatters take longer to load than a command to run. */
    static @Nullable Instant parse(String text) {
        if (text.length() < 20 || text.charAt(10) != 'T' || text.charAt(text.length() - 1) != 'Z') {
            return null;
        }
        try {
            long day = LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10)).toEpochDay();
            long second = number(text, 11, 13) * 3600L + number(text, 14, 16) * 60L + number(text, 17, 19);
            int nanos = 0;
            if (text.charAt(19) == '.') {
                String digits = (text.substring(20, text.length() - 1) + "000000000").substring(0, 9);
                nanos = number(digits, 0, 9);
            }
            return Instant.ofEpochSecond(day * 86_400 + second, nanos);
        } catch (NumberFormatException | DateTimeException e) {
            return null;
        }
    }

    private static int number(String text, int from, int to) {
        return Integer.parseInt(text, from, to, 10);
    }

    /** How long ago: {@code 5s}, {@code 3m}, {@code 2h}, {@code 4d}; empty if it is no time. */
    static String since(String time) {
        Instant then = parse(time);
        return then == null ? "" : length((System.currentTimeMillis() - then.toEpochMilli()) / 1000);
    }

    static String ago(String time) {
        String since = since(time);
        return since.isEmpty() ? "" : since + " ago";
    }

    static String length(long seconds) {
        long s = Math.max(0, seconds);
        if (s < 120) {
            return s + "s";
        }
        if (s < 2 * 3600) {
            return s / 60 + "m";
        }
        return s < 2 * 86_400 ? s / 3600 + "h" : s / 86_400 + "d";
    }

    /** {@code 2026-11-21T06:12:01.123456Z} as {@code 06:12:01.123}. */
    static String clock(String time) {
        if (parse(time) == null) {
            return time;
        }
        String millis = time.charAt(19) == '.' ? (time.substring(20, time.length() - 1) + "000").substring(0, 3) : "000";
        return time.substring(11, 19) + "." + millis;
    }

    /**
     * What somebody typed as a point in time: a sequence number or an RFC 3339 time stays as it is, {@code 90s}, {@code 10m},
     * {@code 2h}, {@code 3d} become the time so long ago.
     */
    static String point(String typed) {
        int last = typed.length() - 1;
        long unitSeconds = last < 1 ? 0 : switch (typed.charAt(last)) {
            case 's' -> 1;
            case 'm' -> 60;
            case 'h' -> 3600;
            case 'd' -> 86_400;
            default -> 0;
        };
        if (unitSeconds == 0) {
            return typed;
        }
        try {
            return Instant.ofEpochMilli(System.currentTimeMillis()).minusSeconds(Math.multiplyExact(Long.parseLong(typed.substring(0, last)), unitSeconds)).toString();
        } catch (NumberFormatException | ArithmeticException | DateTimeException e) {
            throw Failure.usage("'" + typed + "' is no time: write 10m, or 2026-11-21T06:00:00Z.");
        }
    }
}

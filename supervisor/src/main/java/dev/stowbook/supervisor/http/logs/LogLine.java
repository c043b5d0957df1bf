package dev.stowbook.supervisor.http.logs;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;

/**
 * An entry of a log file in CRI format: {@code <RFC 3339 time> <stdout|stderr> <P|F> <bytes>}.
 *
 * @param time when it was written, as in the file
 * @param stream {@code stdout} or {@code stderr}
 * @param partial whether the line goes on in the next entry of the same stream
 * @param text its bytes, without a line feed
 */
public record LogLine(String time, String stream, boolean partial, byte[] text) {

    /** Parses an entry without its line feed; empty if it is none. */
    static Optional<LogLine> parse(byte[] bytes, int from, int to) {
        int afterTime = space(bytes, from, to);
        int afterStream = afterTime < 0 ? -1 : space(bytes, afterTime + 1, to);
        int afterTag = afterStream < 0 ? -1 : space(bytes, afterStream + 1, to);
        if (afterTag < 0 || afterTag != afterStream + 2) {
            return Optional.empty();
        }
        String stream = new String(bytes, afterTime + 1, afterStream - afterTime - 1, StandardCharsets.US_ASCII);
        byte tag = bytes[afterStream + 1];
        if (!stream.equals("stdout") && !stream.equals("stderr") || tag != 'P' && tag != 'F') {
            return Optional.empty();
        }
        String time = new String(bytes, from, afterTime - from, StandardCharsets.US_ASCII);
        return Optional.of(new LogLine(time, stream, tag == 'P', Arrays.copyOfRange(bytes, afterTag + 1, to)));
    }

    private static int space(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == ' ') {
                return i;
            }
        }
        return -1;
    }

    /** When it was written; the far past if its time cannot be read. */
    Instant instant() {
        try {
            return Instant.parse(time);
        } catch (DateTimeParseException e) {
            return Instant.MIN;
        }
    }
}

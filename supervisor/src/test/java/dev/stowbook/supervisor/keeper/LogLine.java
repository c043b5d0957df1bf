package dev.stowbook.supervisor.keeper;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** One entry of a log in CRI format, as a reader of it would parse it. */
record LogLine(Instant at, String stream, boolean partial, byte[] bytes) {

    static List<LogLine> parse(byte[] file) {
        List<LogLine> lines = new ArrayList<>();
        for (int at = 0; at < file.length; ) {
            int end = at;
            while (end < file.length && file[end] != '\n') {
                end++;
            }
            if (end == file.length) { // being written just now
                return lines;
            }
            int first = blank(file, at);
            int second = blank(file, first + 1);
            int third = blank(file, second + 1);
            lines.add(new LogLine(
                    Instant.parse(text(file, at, first)),
                    text(file, first + 1, second),
                    text(file, second + 1, third).equals("P"),
                    java.util.Arrays.copyOfRange(file, third + 1, end)));
            at = end + 1;
        }
        return lines;
    }

    private static int blank(byte[] file, int at) {
        while (file[at] != ' ') {
            at++;
        }
        return at;
    }

    private static String text(byte[] file, int from, int to) {
        return new String(file, from, to - from, StandardCharsets.US_ASCII);
    }

    /** What the process wrote to a stream. */
    static byte[] join(List<LogLine> lines, String stream) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (LogLine line : lines) {
            if (line.stream().equals(stream)) {
                all.writeBytes(line.bytes());
                if (!line.partial()) {
                    all.write('\n');
                }
            }
        }
        return all.toByteArray();
    }
}

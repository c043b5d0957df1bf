package dev.stowbook.volume.local;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the driver remembers of a volume, in the file {@code volume} beside its data.
 *
 * @param options what it was made with
 * @param quotaBytes how much may be written to it
 */
record VolumeRecord(SortedMap<String, String> options, OptionalLong quotaBytes) {
    private static final String FIRST_LINE = "stowbook volume 1";
    private static final String LAST_LINE = "end";
    private static final String OPTION = "option ";
    private static final String QUOTA = "quota ";

    /** Values hold no line breaks: {@link VolumeKind#of} refuses them. */
    String format() {
        StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
        options.forEach((name, value) -> text.append(OPTION).append(name).append('=').append(value).append('\n'));
        quotaBytes.ifPresent(bytes -> text.append(QUOTA).append(bytes).append('\n'));
        return text.append(LAST_LINE).append('\n').toString();
    }

    /** Parses the file; empty if it is cut short or of another form. */
    static Optional<VolumeRecord> parse(String text) {
        List<String> lines = new ArrayList<>(List.of(text.split("\n")));
        if (lines.size() < 2 || !text.endsWith("\n" + LAST_LINE + "\n") || !lines.removeFirst().equals(FIRST_LINE)) {
            return Optional.empty();
        }
        lines.removeLast();
        SortedMap<String, String> options = new TreeMap<>();
        OptionalLong quota = OptionalLong.empty();
        for (String line : lines) {
            int equals = line.indexOf('=');
            if (line.startsWith(OPTION) && equals > 0) {
                options.put(line.substring(OPTION.length(), equals), line.substring(equals + 1));
            } else if (line.matches(QUOTA + "[0-9]{1,18}")) {
                quota = OptionalLong.of(Long.parseLong(line.substring(QUOTA.length())));
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(new VolumeRecord(options, quota));
    }
}

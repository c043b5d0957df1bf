package dev.stowbook.linux.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a graph driver remembers of a layer, in the file {@code layer} beside its tree.
 *
 * @param id its name
 * @param writable whether it belongs to a container
 * @param sizeBytes the sum of the sizes of its regular files when it was made; 0 for a writable one
 * @param entries how many members or files it was made of
 * @param lower the layers below, topmost first
 */
public record LayerRecord(String id, boolean writable, long sizeBytes, long entries, List<String> lower) {
    private static final String FIRST_LINE = "stowbook layer 1";
    private static final String LAST_LINE = "end";

    public LayerRecord {
        lower = List.copyOf(lower);
    }

    /** The layer it changes. */
    public Optional<String> parent() {
        return lower.stream().findFirst();
    }

    /** The layers below one that has this as its parent. */
    public List<String> withBelow() {
        List<String> chain = new ArrayList<>();
        chain.add(id);
        chain.addAll(lower);
        return chain;
    }

    String format() {
        StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
        text.append("kind ").append(writable ? "writable" : "read-only").append('\n');
        text.append("size ").append(sizeBytes).append('\n');
        text.append("entries ").append(entries).append('\n');
        lower.forEach(below -> text.append("lower ").append(below).append('\n'));
        return text.append(LAST_LINE).append('\n').toString();
    }

    /** Parses the file; empty if it is cut short, as a writable layer's may be after a power loss, or of another form. */
    static Optional<LayerRecord> parse(String id, String text) {
        List<String> lines = List.of(text.split("\n"));
        if (lines.size() < 5
                || !text.endsWith("\n" + LAST_LINE + "\n")
                || !lines.getFirst().equals(FIRST_LINE)
                || !lines.get(1).matches("kind (writable|read-only)")
                || !lines.get(2).matches("size [0-9]{1,18}")
                || !lines.get(3).matches("entries [0-9]{1,18}")) {
            return Optional.empty();
        }
        List<String> lower = new ArrayList<>();
        for (String line : lines.subList(4, lines.size() - 1)) {
            if (!line.matches("lower [0-9a-f]{1,64}")) {
                return Optional.empty();
            }
            lower.add(line.substring("lower ".length()));
        }
        return Optional.of(new LayerRecord(
                id,
                lines.get(1).equals("kind writable"),
                Long.parseLong(lines.get(2).substring("size ".length())),
                Long.parseLong(lines.get(3).substring("entries ".length())),
                lower));
    }
}

package dev.stowbook.supervisor.manifest;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * What a scalar without quotes means. YAML 1.1 and 1.2 disagree about {@code yes}, {@code 0o17}, {@code 1_000} and
 * {@code 1e3}; what either reads as something other than text must be quoted to be text. {@code 12:30} and dates are text
 * here, as in Kubernetes.
 */
final class Scalars {
    private static final Set<Tag> KNOWN = Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.TIMESTAMP, Tag.MAP, Tag.SEQ, Tag.MERGE);

    private Scalars() {}

    static boolean knownTag(Tag tag) {
        return KNOWN.contains(tag);
    }

    /** What a scalar is, if it is not text; null if it is. */
    static @Nullable String otherThanText(ScalarNode scalar) {
        if (scalar.getScalarStyle() != ScalarStyle.PLAIN) {
            return null;
        }
        String written = scalar.getValue();
        Tag tag = scalar.getTag();
        if (tag.equals(Tag.NULL)) {
            return "nothing";
        }
        if (tag.equals(Tag.BOOL)) {
            return "true or false";
        }
        boolean number = (tag.equals(Tag.INT) || tag.equals(Tag.FLOAT)) && written.indexOf(':') < 0;
        return number || tag.equals(Tag.STR) && (octal(written) || scientific(written)) ? "a number" : null;
    }

    /** Whether it is a whole number without leading zeros, signs but {@code -}, underscores, or another base. */
    static boolean decimal(String written) {
        int start = written.startsWith("-") ? 1 : 0;
        if (written.length() == start || written.length() > start + 1 && written.charAt(start) == '0') {
            return false;
        }
        for (int i = start; i < written.length(); i++) {
            if (!digit(written.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean octal(String written) {
        if (written.length() < 3 || !written.startsWith("0o")) {
            return false;
        }
        for (int i = 2; i < written.length(); i++) {
            if (written.charAt(i) < '0' || written.charAt(i) > '7') {
                return false;
            }
        }
        return true;
    }

    /** A number with an exponent as the YAML 1.2 core schema has it: {@code 1e3}, {@code 1.5E-3}. */
    private static boolean scientific(String written) {
        int e = Math.max(written.indexOf('e'), written.indexOf('E'));
        return e > 0 && plainNumber(written.substring(0, e), true) && plainNumber(written.substring(e + 1), false);
    }

    private static boolean plainNumber(String written, boolean point) {
        int digits = 0;
        int points = 0;
        for (int i = 0; i < written.length(); i++) {
            char c = written.charAt(i);
            if (digit(c)) {
                digits++;
            } else if (c == '.' && point) {
                points++;
            } else if (!(i == 0 && (c == '-' || c == '+'))) {
                return false;
            }
        }
        return digits > 0 && points <= 1;
    }

    private static boolean digit(char c) {
        return c >= '0' && c <= '9';
    }
}

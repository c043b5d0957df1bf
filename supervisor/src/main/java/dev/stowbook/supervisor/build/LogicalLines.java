package dev.stowbook.supervisor.build;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The instructions of a Dockerfile as they are written: comments gone, lines joined that belong together (Dockerfile reference, "Format",
 * "Parser directives").
 *
 * @param escape joins lines and takes characters their meaning: {@code \}, or a backquote
 * @param lines in the file's order
 */
record LogicalLines(char escape, List<Line> lines) {
    private static final Pattern DIRECTIVE = Pattern.compile("#\\s*([a-zA-Z][a-zA-Z0-9]*)\\s*=(.+)");

    /** One instruction. */
    record Line(Place place, String text) {}

    static LogicalLines of(String file, String text) throws DockerfileException {
        String[] physical = (text.startsWith("\uFEFF") ? text.substring(1) : text).split("\r?\n", -1);
        Head head = Head.of(file, physical);
        List<Line> lines = new ArrayList<>();
        for (int i = head.end(); i < physical.length; ) {
            if (isBlank(physical[i]) || isComment(physical[i])) {
                i++;
                continue;
            }
            Place place = new Place(file, i + 1);
            StringBuilder joined = new StringBuilder();
            boolean goesOn = append(joined, physical[i++].stripLeading(), head.escape());
            while (goesOn && i < physical.length) {
                if (!isBlank(physical[i]) && !isComment(physical[i])) {
                    goesOn = append(joined, physical[i], head.escape());
                }
                i++;
            }
            String whole = joined.toString().strip();
            if (!whole.isEmpty()) {
                lines.add(new Line(place, whole));
            }
        }
        return new LogicalLines(head.escape(), List.copyOf(lines));
    }

    private static boolean isBlank(String line) {
        return line.isBlank();
    }

    private static boolean isComment(String line) {
        return line.stripLeading().startsWith("#");
    }

    /** Adds a line without the mark that joins it with the next; whether it had one. A doubled mark is none. */
    private static boolean append(StringBuilder joined, String line, char escape) {
        String bare = line.stripTrailing();
        boolean goesOn = bare.endsWith(String.valueOf(escape))
                && (bare.length() == 1 || bare.charAt(bare.length() - 2) != escape);
        joined.append(goesOn ? bare.substring(0, bare.length() - 1) : line);
        return goesOn;
    }

    /** Directives stand before everything else. */
    private record Head(char escape, int end) {
        static Head of(String file, String[] physical) throws DockerfileException {
            char escape = '\\';
            Set<String> seen = new HashSet<>();
            int i = 0;
            for (; i < physical.length; i++) {
                Matcher directive = DIRECTIVE.matcher(physical[i].strip());
                if (!directive.matches()) {
                    break;
                }
                String name = directive.group(1).toLowerCase(Locale.ROOT);
                if (!Set.of("escape", "syntax", "check").contains(name)) {
                    break; // a comment like any other
                }
                if (!seen.add(name)) {
                    throw new Place(file, i + 1).problem("the directive " + name + " stands here twice: keep one of them");
                }
                if (name.equals("escape")) {
                    escape = escape(new Place(file, i + 1), directive.group(2).strip());
                }
                // syntax names another program to read the file with; as the classic builder does, this one reads it itself
            }
            return new Head(escape, i);
        }

        private static char escape(Place place, String value) throws DockerfileException {
            if (!value.equals("\\") && !value.equals("`")) {
                throw place.problem("the directive escape is \\ or `, not " + Place.quoted(value));
            }
            return value.charAt(0);
        }
    }
}

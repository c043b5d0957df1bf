package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What a {@code .dockerignore} leaves out of a context (Dockerfile reference, ".dockerignore file"): patterns of paths with {@code *}, {@code ?},
 * {@code [a-z]} and {@code **}; {@code !} takes back; the last one that matches counts. What matches a directory matches all below it.
 */
final class IgnoreRules {
    private record Rule(Pattern pattern, boolean takesBack) {}

    private final List<Rule> rules = new ArrayList<>();

    static IgnoreRules none() {
        return new IgnoreRules();
    }

    /** Those of a context; none if it has no such file. */
    static IgnoreRules of(Path context) throws IOException {
        Path file = context.resolve(".dockerignore");
        return Files.exists(file) ? read(file) : none();
    }

    /** Those for one Dockerfile, which lie beside it under its name and {@code .dockerignore}; else those of the context. */
    static IgnoreRules of(Path context, Path dockerfile) throws IOException {
        Path own = dockerfile.resolveSibling(dockerfile.getFileName() + ".dockerignore");
        return Files.exists(own) ? read(own) : of(context);
    }

    private static IgnoreRules read(Path file) throws IOException {
        try {
            return parse(Files.readAllLines(file));
        } catch (CharacterCodingException e) {
            throw new Failure(ExitCode.FAILURE, "the file '" + file + "' is not UTF-8: save it as such.");
        } catch (PatternSyntaxException e) {
            throw new Failure(ExitCode.FAILURE, "the file '" + file + "' has a pattern that is none: " + e.getPattern() + ".");
        }
    }

    static IgnoreRules parse(List<String> lines) {
        IgnoreRules rules = new IgnoreRules();
        for (String line : lines) {
            String text = line.startsWith("\uFEFF") ? line.substring(1) : line;
            if (text.startsWith("#") || text.isBlank()) {
                continue;
            }
            text = text.strip();
            boolean takesBack = text.startsWith("!");
            String pattern = clean(takesBack ? text.substring(1).strip() : text);
            if (!pattern.isEmpty()) {
                rules.rules.add(new Rule(Pattern.compile(regex(pattern) + "(/.*)?", Pattern.DOTALL), takesBack));
            }
        }
        return rules;
    }

    /** Without a slash at either end, without {@code .} and what {@code ..} takes away. */
    private static String clean(String pattern) {
        List<String> parts = new ArrayList<>();
        for (String part : pattern.split("/")) {
            if (part.equals("..")) {
                if (!parts.isEmpty()) {
                    parts.removeLast();
                }
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return String.join("/", parts);
    }

    private static String regex(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (pattern.startsWith("**", i)) {
                boolean directories = pattern.startsWith("**/", i);
                regex.append(directories ? "(?:.*/)?" : ".*");
                i += directories ? 2 : 1;
            } else if (c == '*') {
                regex.append("[^/]*");
            } else if (c == '?') {
                regex.append("[^/]");
            } else if (c == '[' && pattern.indexOf(']', i + 2) > 0) {
                int end = pattern.indexOf(']', i + 2);
                regex.append("(?!/)[").append(pattern.substring(i + 1, end).replace("\\", "\\\\").replace("[", "\\[").replace("&", "\\&")).append(']');
                i = end;
            } else if (c == '\\' && i + 1 < pattern.length()) {
                regex.append(Pattern.quote(String.valueOf(pattern.charAt(++i))));
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return regex.toString();
    }

    /** Whether a path of the context is left out. */
    boolean leavesOut(String path) {
        boolean out = false;
        for (Rule rule : rules) {
            if (rule.takesBack() == out && rule.pattern().matcher(path).matches()) {
                out = !rule.takesBack();
            }
        }
        return out;
    }

    /** Whether something below a directory that is left out may be taken back. */
    boolean takesBack() {
        return rules.stream().anyMatch(Rule::takesBack);
    }
}

package dev.stowbook.supervisor.build;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** File name patterns as Go's filepath.Match reads them: {@code *}, {@code ?}, {@code [a-z]}, {@code [^a]}, and {@code \} before any of them. */
final class Glob {
    private Glob() {}

    static boolean isPattern(String text) {
        return text.indexOf('*') >= 0 || text.indexOf('?') >= 0 || text.indexOf('[') >= 0;
    }

    /** A pattern for whole paths. @throws BuildException for one that is not closed */
    static Pattern compile(String glob) throws BuildException {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            switch (c) {
                case '*' -> regex.append("[^/]*");
                case '?' -> regex.append("[^/]");
                case '[' -> i = characters(glob, i, regex);
                case '\\' -> regex.append(Pattern.quote(String.valueOf(i + 1 < glob.length() ? glob.charAt(++i) : '\\')));
                default -> regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        try {
            return Pattern.compile(regex.toString(), Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            throw bad(glob);
        }
    }

    private static int characters(String glob, int open, StringBuilder regex) throws BuildException {
        int i = open + 1;
        regex.append("(?!/)[");
        if (i < glob.length() && glob.charAt(i) == '^') {
            regex.append('^');
            i++;
        }
        int first = i;
        for (; i < glob.length() && (glob.charAt(i) != ']' || i == first); i++) {
            char c = glob.charAt(i);
            if (c == '\\' && i + 1 < glob.length()) {
                c = glob.charAt(++i);
                regex.append(Character.isLetterOrDigit(c) ? "" : "\\").append(c); // a letter with a backslash before it means a class
            } else if (c == '-') {
                regex.append('-');
            } else {
                regex.append(c == '[' || c == ']' || c == '^' || c == '&' ? "\\" : "").append(c);
            }
        }
        if (i >= glob.length()) {
            throw bad(glob);
        }
        regex.append(']');
        return i;
    }

    private static BuildException bad(String glob) {
        return BuildException.invalid(Place.quoted(glob) + " is no pattern: a \"[\" in it has no \"]\"");
    }
}

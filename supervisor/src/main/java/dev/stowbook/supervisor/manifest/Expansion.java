package dev.stowbook.supervisor.manifest;

import java.util.Map;

/**
 * Replaces {@code $(NAME)} in commands, arguments and environment values.
 *
 * <p>Source: Kubernetes API reference, Container "command": a reference to a name that is not set stays as it is, {@code $$} is an
 * escaped {@code $}, so that {@code $$(NAME)} yields {@code $(NAME)}.
 */
final class Expansion {
    private Expansion() {}

    static String expand(String text, Map<String, String> variables) {
        if (text.indexOf('$') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            char next = at + 1 < text.length() ? text.charAt(at + 1) : 0;
            int close = c == '$' && next == '(' ? text.indexOf(')', at + 2) : -1;
            if (close >= 0) {
                String name = text.substring(at + 2, close);
                String value = variables.get(name);
                out.append(value == null ? "$(" + name + ")" : value);
                at = close + 1;
            } else if (c == '$' && next == '$') {
                out.append('$');
                at += 2;
            } else {
                out.append(c);
                at++;
            }
        }
        return out.toString();
    }
}

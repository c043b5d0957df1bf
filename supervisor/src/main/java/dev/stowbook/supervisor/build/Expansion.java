package dev.stowbook.supervisor.build;

import java.util.Optional;

/**
 * Puts values in the place of {@code $NAME}, {@code ${NAME}}, {@code ${NAME:-other}}, {@code ${NAME:+other}} and {@code ${NAME:?complaint}}, and
 * takes quotes and escapes away, as a shell does (Dockerfile reference, "Environment replacement").
 */
final class Expansion {
    private static final int DEEPEST = 40;

    /** Values by name. */
    interface Variables {
        Optional<String> value(String name);
    }

    private final Place place;
    private final String text;
    private final char escape;
    private final Variables variables;
    private int at;
    private int depth;

    private Expansion(Place place, String text, char escape, Variables variables) {
        this.place = place;
        this.text = text;
        this.escape = escape;
        this.variables = variables;
    }

    static String of(Place place, String text, char escape, Variables variables) throws DockerfileException {
        return new Expansion(place, text, escape, variables).until('\0');
    }

    private boolean ended() {
        return at >= text.length();
    }

    private DockerfileException problem(String what) {
        return place.problem(what + " in " + Place.quoted(text));
    }

    /** Up to a closing brace, or to the end. */
    private String until(char stop) throws DockerfileException {
        StringBuilder result = new StringBuilder();
        while (!ended()) {
            char c = text.charAt(at++);
            if (stop != '\0' && c == stop) {
                return result.toString();
            }
            if (c == '\'') {
                singleQuoted(result);
            } else if (c == '"') {
                doubleQuoted(result);
            } else if (c == '$') {
                result.append(dollar());
            } else if (c == escape) {
                if (!ended()) {
                    result.append(text.charAt(at++));
                }
            } else {
                result.append(c);
            }
        }
        if (stop != '\0') {
            throw problem("there is a \"${\" without its \"}\"");
        }
        return result.toString();
    }

    private void singleQuoted(StringBuilder result) throws DockerfileException {
        int end = text.indexOf('\'', at);
        if (end < 0) {
            throw problem("there is a ' without its other half");
        }
        result.append(text, at, end);
        at = end + 1;
    }

    private void doubleQuoted(StringBuilder result) throws DockerfileException {
        while (!ended()) {
            char c = text.charAt(at++);
            if (c == '"') {
                return;
            }
            if (c == '$') {
                result.append(dollar());
            } else if (c == escape && !ended() && isSpecialInQuotes(text.charAt(at))) {
                result.append(text.charAt(at++));
            } else if (c != escape || !ended()) {
                result.append(c);
            }
        }
        throw problem("there is a \" without its other half");
    }

    private boolean isSpecialInQuotes(char c) {
        return c == '"' || c == '$' || c == escape;
    }

    private String dollar() throws DockerfileException {
        if (ended() || text.charAt(at) != '{') {
            String name = name();
            return name.isEmpty() ? "$" : variables.value(name).orElse("");
        }
        at++;
        if (++depth > DEEPEST) {
            throw problem("variables are nested more than " + DEEPEST + " deep");
        }
        try {
            return braced();
        } finally {
            depth--;
        }
    }

    private String braced() throws DockerfileException {
        String name = name();
        if (name.isEmpty() || ended()) {
            throw problem(ended() ? "there is a \"${\" without its \"}\"" : "there is no name after \"${\"");
        }
        Optional<String> value = variables.value(name);
        char c = text.charAt(at++);
        if (c == '}') {
            return value.orElse("");
        }
        boolean emptyIsUnset = c == ':';
        if (emptyIsUnset && ended()) {
            throw problem("there is a \"${\" without its \"}\"");
        }
        char modifier = emptyIsUnset ? text.charAt(at++) : c;
        if (modifier != '-' && modifier != '+' && modifier != '?') {
            throw problem("${" + name + "} has the modifier \"" + modifier + "\"; this builder knows :-, :+ and :?");
        }
        String word = until('}');
        boolean set = value.isPresent() && !(emptyIsUnset && value.get().isEmpty());
        return switch (modifier) {
            case '-' -> set ? value.get() : word;
            case '+' -> set ? word : "";
            default -> {
                if (!set) {
                    throw problem(name + ": " + (word.isEmpty() ? "it must have a value" : word) + ",");
                }
                yield value.get();
            }
        };
    }

    /** Letters, digits and {@code _}; one that begins with a digit is of digits only. */
    private String name() {
        int start = at;
        boolean digits = !ended() && isDigit(text.charAt(at));
        while (!ended() && (isDigit(text.charAt(at)) || !digits && isLetter(text.charAt(at)))) {
            at++;
        }
        return text.substring(start, at);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
    }
}

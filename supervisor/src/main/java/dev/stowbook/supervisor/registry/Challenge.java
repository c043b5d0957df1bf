package dev.stowbook.supervisor.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a server wants to be asked (RFC 9110, section 11.6.1 "WWW-Authenticate").
 *
 * @param scheme {@code basic}, {@code bearer}; lower case
 * @param parameters by name in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {

    /** All challenges of a response's headers; what is not understood is left out. */
    static List<Challenge> parse(List<String> headers) {
        List<Challenge> challenges = new ArrayList<>();
        for (String header : headers) {
            new Reader(header).read(challenges);
        }
        return challenges;
    }

    String parameter(String name) {
        return parameters.getOrDefault(name, "");
    }

    /** A scheme is a word that no {@code =} follows; a parameter is one that it does. */
    private static final class Reader {
        private static final String SEPARATORS = " \t,=\"";

        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        void read(List<Challenge> challenges) {
            while (true) {
                skip(" \t,");
                String word = word();
                if (word.isEmpty()) {
                    return;
                }
                skip(" \t");
                if (at < text.length() && text.charAt(at) == '=') {
                    at++;
                    skip(" \t");
                    String value = value();
                    if (!challenges.isEmpty()) {
                        challenges.getLast().parameters().putIfAbsent(word.toLowerCase(Locale.ROOT), value);
                    }
                } else {
                    challenges.add(new Challenge(word.toLowerCase(Locale.ROOT), new TreeMap<>()));
                }
            }
        }

        private void skip(String characters) {
            while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private String word() {
            int from = at;
            while (at < text.length() && SEPARATORS.indexOf(text.charAt(at)) < 0) {
                at++;
            }
            return text.substring(from, at);
        }

        private String value() {
            if (at >= text.length() || text.charAt(at) != '"') {
                return word();
            }
            StringBuilder value = new StringBuilder();
            for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
                if (text.charAt(at) == '\\' && at + 1 < text.length()) {
                    at++;
                }
                value.append(text.charAt(at));
            }
            at++;
            return value.toString();
        }
    }
}

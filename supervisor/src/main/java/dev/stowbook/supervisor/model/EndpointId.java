package dev.stowbook.supervisor.model;

import java.util.regex.Pattern;

/**
 * Names an endpoint: one connection of a pod to a network: 64 lower-case hex digits.
 *
 * @param value the digits
 */
public record EndpointId(String value) implements Comparable<EndpointId> {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{64}");

    /** Parses an id. @throws IllegalArgumentException if it is not 64 lower-case hex digits */
    public static EndpointId parse(String text) {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("not an id of 64 hex digits: " + text);
        }
        return new EndpointId(text);
    }

    /** The first twelve digits, as tables show it. */
    public String abbreviated() {
        return value.substring(0, Math.min(12, value.length()));
    }

    @Override
    public int compareTo(EndpointId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}

package dev.stowbook.supervisor.model;

/**
 * Names a build: after the request that asked for it, 16 lower-case hex digits.
 *
 * @param value the digits
 */
public record BuildId(String value) implements Comparable<BuildId> {
    /** The label that the pods of a build bear; its value is the build. */
    public static final String LABEL = "stowbook.dev/build";

    @Override
    public int compareTo(BuildId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}

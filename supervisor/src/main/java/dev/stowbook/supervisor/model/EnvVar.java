package dev.stowbook.supervisor.model;

/**
 * An environment variable. Its value is part of the book and never logged.
 *
 * @param name its name, without {@code =}
 * @param value its value
 */
public record EnvVar(String name, String value) {
    @Override
    public String toString() {
        return name + "=<" + value.length() + " characters>";
    }
}

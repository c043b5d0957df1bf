package dev.stowbook.supervisor.manifest;

/**
 * What is wrong with a manifest, and where.
 *
 * @param file the name the manifest was submitted under; {@code -} for standard input
 * @param line from 1
 * @param column from 1, in characters
 * @param path the field: {@code spec.containers[0].ports[1].hostPort}; empty if it is about the whole document
 * @param message a sentence that says what is wrong and what to do
 */
public record ManifestError(String file, int line, int column, String path, String message) {

    /** As a compiler would print it: {@code file:line:column: path: message}. */
    @Override
    public String toString() {
        String place = file + ":" + line + ":" + column + ": ";
        return path.isEmpty() ? place + message : place + path + ": " + message;
    }
}

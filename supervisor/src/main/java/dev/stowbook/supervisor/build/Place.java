package dev.stowbook.supervisor.build;

/**
 * A place in a Dockerfile.
 *
 * @param file the file's name
 * @param line from 1: where the instruction begins
 */
record Place(String file, int line) {
    private static final int LONGEST_QUOTE = 60;

    /** What to throw about it. */
    DockerfileException problem(String message) {
        return new DockerfileException(this, message);
    }

    /** A piece of the file for a message: on one line and not too long. */
    static String quoted(String text) {
        String line = text.strip().replaceAll("\\p{Cntrl}+", " ");
        return "\"" + (line.length() > LONGEST_QUOTE ? line.substring(0, LONGEST_QUOTE) + "..." : line) + "\"";
    }

    @Override
    public String toString() {
        return file + ":" + line;
    }
}

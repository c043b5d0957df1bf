package dev.stowbook.supervisor.execute;

/** Who watches a build. Called on the build's thread. */
public interface BuildListener {

    /** A step begins. */
    void step(int number, int total, String instruction);

    /**
     * What RUN wrote to {@code stdout} or {@code stderr}; not more than a line, with its line feed if it has one. May take its time: what comes
     * meanwhile stays in the container's log.
     */
    void output(String stream, String text);

    /** A step is done. */
    void done(int number, String image, boolean cached, long tookMicros);

    /** Something that does not end the build. */
    void warning(String sentence);
}

package dev.stowbook.supervisor.log;

/** Goes through a store's frames, one after the other. One thread at a time. */
public interface FrameCursor extends AutoCloseable {

    /**
     * Moves to the next frame.
     *
     * @return false if there is none yet
     * @throws EntryFrame.Malformed if the bytes there are no frame of this store; the message says why, {@link #place} where
     * @throws LogException BROKEN if they cannot be read at all
     */
    boolean next() throws EntryFrame.Malformed, LogException;

    /** The current frame; valid until the next call of next, longer than {@link #length} if it likes. */
    byte[] frame();

    /** The current frame's length. */
    int length();

    /** Where the current frame is. */
    long position();

    /** The file and offset of the current frame, or of the end, for people. */
    String place();

    @Override
    void close();
}

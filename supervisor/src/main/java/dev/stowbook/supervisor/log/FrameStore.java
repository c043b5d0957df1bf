package dev.stowbook.supervisor.log;

import java.io.IOException;

/**
 * Keeps frames in order, as bytes and nothing more: sequence, checksum and chain are {@link FramedLog}'s. One thread appends, one
 * forces, any number of cursors read.
 */
public interface FrameStore extends AutoCloseable {

    /** A cursor before the first frame. */
    FrameCursor first() throws LogException;

    /** A cursor before the frame at a position that this store gave out, or before nothing if there is no such frame. */
    FrameCursor at(long position) throws LogException;

    /** A cursor before some frame that begins at or before a sequence, as near to it as is cheap to find. */
    FrameCursor near(long sequence) throws LogException;

    /**
     * Called once, when all frames have been read and found good, before the first append.
     *
     * @param end a cursor that has just said that there is no more
     * @throws EntryFrame.Malformed if more frames were written than the cursor could read
     */
    void sealed(FrameCursor end) throws EntryFrame.Malformed, LogException;

    /**
     * Makes room for a frame.
     *
     * @throws LogException DISK_FULL if there is none; nothing has been written then
     */
    void reserve(int bytes) throws LogException;

    /**
     * Appends a frame; it survives the process once this returns.
     *
     * @return its position
     * @throws LogException DISK_FULL if nothing was written
     * @throws IOException if the store can no longer be trusted
     */
    long append(byte[] frame) throws IOException, LogException;

    /** Brings every frame appended before the call to the disk. May run beside append. */
    void force() throws IOException;

    @Override
    void close();
}

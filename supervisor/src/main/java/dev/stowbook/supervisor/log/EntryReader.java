package dev.stowbook.supervisor.log;

import java.util.Optional;

/** Reads entries forward. One thread at a time. */
public interface EntryReader extends AutoCloseable {

    /**
     * The next entry, or empty if none has been appended yet.
     *
     * @throws LogException DAMAGED where checksum, hash chain or sequence do not fit, naming file, position and sequence
     */
    Optional<Entry> next() throws LogException;

    @Override
    void close();
}

package dev.stowbook.supervisor.log;

/**
 * The append-only log. One writer thread appends; one sync thread syncs; any number of readers read.
 *
 * <p>An appended entry survives the death of the process; only {@link #sync} makes it survive the loss of power.
 */
public interface EventLog extends AutoCloseable {

    /** The sequence of the last event appended, 0 for an empty log. Any thread. */
    long lastSequence();

    /**
     * The last entry appended: the next entry's time must not be before its time, and a snapshot taken here carries it, so that the
     * next opening need not check all of the log again. Any thread; on the writer thread it is the entry just appended.
     */
    LogHead head();

    /** Up to where the log has been synced; at opening, all of it. Any thread. */
    long durableSequence();

    /**
     * Appends an entry. Writer thread only. Not durable until a {@link #sync} that began after it returned.
     *
     * @throws IllegalArgumentException if the draft's first sequence is not the last sequence and one
     * @throws LogException DISK_FULL before anything was written; BROKEN if the log can no longer be trusted, after which every
     *     append is refused
     */
    void append(EntryDraft draft) throws LogException;

    /**
     * Brings everything appended before the call to the disk. Sync thread only, may run beside {@link #append}.
     *
     * @return the sequence up to which the log is now durable
     * @throws LogException BROKEN: a failed sync is never retried, since the kernel may have dropped the pages
     */
    long sync() throws LogException;

    /**
     * Reads entries in order, beginning with the one that holds {@code fromSequence}. The reader is the caller's; it may be asked
     * again after it said that there is no more.
     *
     * @throws LogException GONE if retention has removed that position, with the earliest that is left
     */
    EntryReader read(long fromSequence) throws LogException;

    /** Closes it after a last sync. */
    @Override
    void close();
}

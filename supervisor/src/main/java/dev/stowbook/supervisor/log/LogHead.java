package dev.stowbook.supervisor.log;

import java.time.Instant;
import java.util.HexFormat;

/**
 * Where a log stands: its last entry. A later opening may begin its check here instead of at the first entry.
 *
 * @param sequence the last event's sequence, 0 for an empty log
 * @param time the last entry's time; the next entry's is never before it
 * @param hash the last entry's hash, zeros for an empty log; not to be modified
 * @param position where the store has that entry; means something to the same store only
 */
public record LogHead(long sequence, Instant time, byte[] hash, long position) {

    /** The head of an empty log. */
    public static final LogHead EMPTY = new LogHead(0, Instant.EPOCH, new byte[EntryFrame.HASH_BYTES], 0);

    /** The hash in hex. */
    public String hashHex() {
        return HexFormat.of().formatHex(hash);
    }
}

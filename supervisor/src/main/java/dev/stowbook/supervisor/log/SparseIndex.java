package dev.stowbook.supervisor.log;

import java.util.Arrays;
import java.util.OptionalLong;

/**
 * Some entries' positions by sequence, so that a reader need not begin at the start. Of bounded size: when it is full, every second
 * one is dropped. Any thread.
 */
final class SparseIndex {
    private static final int CAPACITY = 1 << 14;

    private final long[] sequences = new long[CAPACITY];
    private final long[] positions = new long[CAPACITY];
    private int size;
    private long spacing = 256;

    /** Notes where an entry begins; entries come in order. */
    synchronized void add(long firstSequence, long position) {
        if (size > 0 && firstSequence - sequences[size - 1] < spacing) {
            return;
        }
        if (size == CAPACITY) {
            thin();
        }
        sequences[size] = firstSequence;
        positions[size++] = position;
    }

    private void thin() {
        for (int i = 0; i < CAPACITY / 2; i++) {
            sequences[i] = sequences[2 * i];
            positions[i] = positions[2 * i];
        }
        size = CAPACITY / 2;
        spacing *= 2;
    }

    /** The position of the nearest known entry that begins at or before a sequence. */
    synchronized OptionalLong floor(long sequence) {
        int at = Arrays.binarySearch(sequences, 0, size, sequence);
        int slot = at >= 0 ? at : -at - 2;
        return slot < 0 ? OptionalLong.empty() : OptionalLong.of(positions[slot]);
    }
}

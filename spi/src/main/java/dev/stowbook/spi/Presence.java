package dev.stowbook.spi;

/** What {@code inspect} found in the kernel or on disk. */
public enum Presence {
    /** Complete, as the verb that makes it leaves it. */
    PRESENT,
    /** Nothing of it is there. */
    ABSENT,
    /** Some of it is there: the verb that makes or removes it was interrupted. */
    PARTIAL,
    /** Something that is not ours stands in its place. */
    FOREIGN
}

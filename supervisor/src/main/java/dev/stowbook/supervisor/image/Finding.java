package dev.stowbook.supervisor.image;

import java.util.List;

/**
 * Something that is not as the book says.
 *
 * @param kind what is wrong with it
 * @param what {@code configuration}, {@code layer}, {@code record}, {@code file} or {@code driver layer}
 * @param name its id, digest or path in the store
 * @param images those of the book that need it
 * @param detail what is wrong, in a sentence
 * @param repaired whether it is as it should be now
 * @param remedy what was done, or what can be done, in a sentence
 */
public record Finding(Kind kind, String what, String name, List<String> images, String detail, boolean repaired, String remedy) {
    public Finding {
        images = List.copyOf(images);
    }

    /** What can be wrong. */
    public enum Kind {
        MISSING,
        DAMAGED,
        /** The book does not know it. */
        FOREIGN
    }

    Finding repaired(String how) {
        return new Finding(kind, what, name, images, detail, true, how);
    }

    Finding left(String why) {
        return new Finding(kind, what, name, images, detail, false, why);
    }
}

package dev.stowbook.supervisor.image;

import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What is in use by something that the book does not know yet: names of images, chains and layers of the driver. Whether a thing is held and its
 * removal are one step, so nothing goes that somebody has just found. Safe for all threads; removals under its lock must be short.
 */
final class Holds {
    /** Takes a name off the disk. */
    interface Removal {
        void run() throws IOException;
    }

    private final Map<String, Integer> counts = new HashMap<>();
    /** Made and not yet in the book, or taken out of the book while held: nobody's, once its last holder lets go. */
    private final Set<String> nobodys = new HashSet<>();

    synchronized void hold(String name) {
        counts.merge(name, 1, Integer::sum);
    }

    synchronized void made(String name) {
        nobodys.add(name);
    }

    /** The book knows them now. */
    synchronized void settled(Collection<String> names) {
        nobodys.removeAll(names);
    }

    /** Lets go of a name; if nobody else holds it and it is nobody's, it is removed. Says whether it was. */
    synchronized boolean release(String name, Removal removal) throws IOException {
        counts.computeIfPresent(name, (n, count) -> count == 1 ? null : count - 1);
        if (counts.containsKey(name) || !nobodys.remove(name)) {
            return false;
        }
        removal.run();
        return true;
    }

    synchronized boolean held(String name) {
        return counts.containsKey(name);
    }

    /** Removes what is neither held nor used. Says whether it did. */
    synchronized boolean remove(String name, Predicate<String> used, Removal removal) throws IOException {
        if (counts.containsKey(name)) {
            nobodys.add(name);
            return false;
        }
        if (used.test(name)) {
            return false;
        }
        removal.run();
        return true;
    }
}

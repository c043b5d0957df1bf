package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.image.Digest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mirrors that are not asked for some blob any more, since what they sent of it was damaged or never came to its end. The registry itself is never
 * among them: what it says counts. Any thread.
 */
final class Shunned {
    private static final Logger LOG = LoggerFactory.getLogger(Shunned.class);

    private final List<Requests> places;
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(Digest blob, Requests mirror, String reason) {}

    /** @param places where to look; the last one is the registry itself */
    Shunned(List<Requests> places) {
        this.places = places;
    }

    /** Where a blob may still be asked for. */
    List<Requests> placesFor(Digest blob) {
        return places.stream().filter(place -> !has(blob, place)).toList();
    }

    private synchronized boolean has(Digest blob, Requests place) {
        return entries.stream().anyMatch(entry -> entry.blob().equals(blob) && entry.mirror() == place);
    }

    /** Asks the mirrors among these for a blob no more. @return whether there were any that had been asked until now */
    synchronized boolean add(Digest blob, Collection<Requests> from, String reason) {
        List<Requests> more = from.stream().filter(place -> place != places.getLast() && !has(blob, place)).toList();
        more.forEach(mirror -> entries.add(new Entry(blob, mirror, reason)));
        if (!more.isEmpty()) {
            LOG.warn("a mirror is not asked any more: {}", reason);
        }
        return !more.isEmpty();
    }

    /** Why mirrors are not asked for a blob any more, a sentence for each. */
    synchronized List<String> reasons(Digest blob) {
        return entries.stream().filter(entry -> entry.blob().equals(blob)).map(Entry::reason).toList();
    }

    /** The same of all blobs. */
    synchronized List<String> reasons() {
        return entries.stream().map(Entry::reason).distinct().toList();
    }
}

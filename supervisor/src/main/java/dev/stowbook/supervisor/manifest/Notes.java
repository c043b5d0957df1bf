package dev.stowbook.supervisor.manifest;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** Names that are known but not supported, with what to do instead. */
final class Notes {
    private Notes() {}

    static SortedMap<String, String> of(String... namesAndNotes) {
        SortedMap<String, String> notes = new TreeMap<>();
        for (int i = 0; i < namesAndNotes.length; i += 2) {
            notes.put(namesAndNotes[i], namesAndNotes[i + 1]);
        }
        return Collections.unmodifiableSortedMap(notes);
    }
}

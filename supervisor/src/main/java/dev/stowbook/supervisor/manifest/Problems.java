package dev.stowbook.supervisor.manifest;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects the errors of one manifest. A hostile manifest cannot make the list long. */
final class Problems {
    private static final int LIMIT = 100;

    private final String file;
    private final List<ManifestError> errors = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    void add(Place place, String path, String message) {
        if (errors.size() < LIMIT) {
            errors.add(new ManifestError(file, place.line(), place.column(), path, message));
        } else if (errors.size() == LIMIT) {
            errors.add(new ManifestError(file, place.line(), place.column(), path, "more errors follow: mend these first."));
        }
    }

    boolean any() {
        return !errors.isEmpty();
    }

    int count() {
        return errors.size();
    }

    List<ManifestError> inOrder() {
        List<ManifestError> sorted = new ArrayList<>(errors);
        sorted.sort(Comparator.comparingInt(ManifestError::line)
                .thenComparingInt(ManifestError::column)
                .thenComparing(ManifestError::path)
                .thenComparing(ManifestError::message));
        return List.copyOf(sorted);
    }
}

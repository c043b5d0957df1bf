package dev.stowbook.supervisor.cli;

import org.jspecify.annotations.Nullable;

/** Builds a request's target with its query. */
final class Query {
    private final StringBuilder target;
    private boolean any;

    Query(String path) {
        this.target = new StringBuilder(path);
    }

    /** Adds a parameter, unless it has no value. */
    Query with(String name, @Nullable Object value) {
        if (value != null) {
            target.append(any ? '&' : '?').append(name).append('=').append(Api.encode(value.toString()));
            any = true;
        }
        return this;
    }

    @Override
    public String toString() {
        return target.toString();
    }
}

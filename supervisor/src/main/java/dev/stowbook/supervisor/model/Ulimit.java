package dev.stowbook.supervisor.model;

import java.util.List;
import java.util.OptionalLong;

/**
 * A limit of setrlimit(2); empty means unlimited.
 *
 * @param name without {@code RLIMIT_}, in lower case: {@code nofile}
 * @param soft the limit in force, in the unit of setrlimit(2)
 * @param hard how far the process itself can raise it
 */
public record Ulimit(String name, OptionalLong soft, OptionalLong hard) {
    /** Every name, each at the index that is its number on x86-64 and aarch64 (setrlimit(2)). */
    public static final List<String> NAMES = List.of(
            "cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as", "locks", "sigpending", "msgqueue",
            "nice", "rtprio", "rttime");

    /** RLIMIT_* of its name. */
    public int resource() {
        return NAMES.indexOf(name);
    }
}

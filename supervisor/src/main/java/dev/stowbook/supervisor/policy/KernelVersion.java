package dev.stowbook.supervisor.policy;

import java.util.Comparator;
import java.util.regex.Pattern;

/** A kernel's version, as far as conditions of profiles compare it. */
record KernelVersion(int major, int minor) implements Comparable<KernelVersion> {
    private static final Pattern START = Pattern.compile("(\\d+)\\.(\\d+).*");

    /** @throws IllegalArgumentException if it does not start with two numbers */
    static KernelVersion parse(String release) {
        var match = START.matcher(release);
        if (!match.matches()) {
            throw new IllegalArgumentException("'" + release + "' is not a kernel version such as 6.1");
        }
        return new KernelVersion(Integer.parseInt(match.group(1)), Integer.parseInt(match.group(2)));
    }

    @Override
    public int compareTo(KernelVersion other) {
        return Comparator.comparingInt(KernelVersion::major).thenComparingInt(KernelVersion::minor).compare(this, other);
    }
}

package dev.stowbook.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Two ways of doing the same, measured in turn, so that what else the host does meets both alike. */
final class Paired {
    private final String what;
    private final String ours;
    private final String theirs;
    private final List<Long> ourNanos = new ArrayList<>();
    private final List<Long> theirNanos = new ArrayList<>();
    private final List<Double> ratios = new ArrayList<>();

    /** Does it once, and says how long it took, in nanoseconds. */
    interface Way {
        long go() throws Exception;
    }

    Paired(String what, String ours, String theirs) {
        this.what = what;
        this.ours = ours;
        this.theirs = theirs;
    }

    /** One of each; who goes first changes. */
    void round(boolean counted, Way our, Way their) throws Exception {
        boolean first = ratios.size() % 2 == 0;
        long a = first ? our.go() : 0;
        long b = their.go();
        a = first ? a : our.go();
        if (counted) {
            ourNanos.add(a);
            theirNanos.add(b);
            ratios.add((double) b / a);
            System.out.printf(Locale.ROOT, "  %s: %.0f ms, %s: %.0f ms%n", ours, a / 1e6, theirs, b / 1e6);
        }
    }

    void print() {
        System.out.printf(Locale.ROOT, "%s: %s %.0f ms (%s), %s %.0f ms (%s), median speed ratio of the pairs %.2f%n",
                what, ours, millis(ourNanos), spread(ourNanos), theirs, millis(theirNanos), spread(theirNanos), median(ratios));
    }

    private static double millis(List<Long> nanos) {
        return median(nanos.stream().map(Long::doubleValue).toList()) / 1e6;
    }

    private static String spread(List<Long> nanos) {
        return String.format(Locale.ROOT, "%.0f to %.0f", Collections.min(nanos) / 1e6, Collections.max(nanos) / 1e6);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}

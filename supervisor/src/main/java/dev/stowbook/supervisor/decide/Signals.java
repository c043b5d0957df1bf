package dev.stowbook.supervisor.decide;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Signals by name and number: signal(7), the standard ones of Linux on x86-64 and aarch64. */
public final class Signals {
    private static final List<String> NAMES = List.of(
            "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
            "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
            "WINCH", "IO", "PWR", "SYS");
    private static final int REALTIME_FIRST = 34;
    private static final int REALTIME_LAST = 64;

    private Signals() {}

    /** The plain name of {@code SIGTERM}, {@code term}, {@code 15} or {@code RTMIN+3}; empty if there is no such signal. */
    public static Optional<String> name(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        String bare = upper.startsWith("SIG") ? upper.substring(3) : upper;
        if (NAMES.contains(bare)) {
            return Optional.of(bare);
        }
        int number = bare.matches("[0-9]{1,2}") ? Integer.parseInt(bare) : realtime(bare);
        if (number >= 1 && number <= NAMES.size()) {
            return Optional.of(NAMES.get(number - 1));
        }
        return number >= REALTIME_FIRST && number <= REALTIME_LAST
                ? Optional.of("RTMIN+" + (number - REALTIME_FIRST))
                : Optional.empty();
    }

    /** The number of a name that {@link #name} gave. @throws IllegalArgumentException for any other */
    public static int number(String name) {
        int index = NAMES.indexOf(name);
        if (index >= 0) {
            return index + 1;
        }
        int realtime = realtime(name);
        if (realtime < 0) {
            throw new IllegalArgumentException("no signal " + name);
        }
        return realtime;
    }

    private static int realtime(String name) {
        if (name.equals("RTMIN")) {
            return REALTIME_FIRST;
        }
        return name.matches("RTMIN\\+[0-9]{1,2}") ? REALTIME_FIRST + Integer.parseInt(name.substring(6)) : -1;
    }
}

package dev.stowbook.supervisor.dns;

import dev.stowbook.supervisor.model.IpAddress;
import java.util.Optional;

/** Names under which addresses are asked for: {@code 2.0.88.10.in-addr.arpa} (RFC 1035, 3.5) and {@code ...ip6.arpa} (RFC 3596, 2.5). */
final class ReverseName {
    private static final String FOUR = ".in-addr.arpa";
    private static final String SIX = ".ip6.arpa";
    private static final int NIBBLES = 32;

    private ReverseName() {}

    static Optional<IpAddress> parse(String name) {
        try {
            if (name.endsWith(FOUR)) {
                String[] parts = name.substring(0, name.length() - FOUR.length()).split("\\.");
                return parts.length == 4
                        ? Optional.of(IpAddress.parse(parts[3] + "." + parts[2] + "." + parts[1] + "." + parts[0]))
                        : Optional.empty();
            }
            if (name.endsWith(SIX)) {
                String[] parts = name.substring(0, name.length() - SIX.length()).split("\\.");
                return parts.length == NIBBLES ? Optional.of(six(parts)) : Optional.empty();
            }
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a name that looks like one of these and is none
        }
        return Optional.empty();
    }

    private static IpAddress six(String[] nibbles) {
        StringBuilder text = new StringBuilder();
        for (int i = NIBBLES - 1; i >= 0; i--) {
            text.append(nibbles[i]).append(i % 4 == 0 && i > 0 ? ":" : "");
        }
        return IpAddress.parse(text.toString());
    }
}

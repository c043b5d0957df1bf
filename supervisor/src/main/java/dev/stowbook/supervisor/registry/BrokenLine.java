package dev.stowbook.supervisor.registry;

import java.io.IOException;
import java.net.URI;

/** A request that got no answer, and where it went: after a redirect that is not where it was meant to go. */
final class BrokenLine extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient URI address;
    private final IOException reason;

    BrokenLine(URI address, IOException reason) {
        super(reason.getMessage(), reason);
        this.address = address;
        this.reason = reason;
    }

    URI address() {
        return address;
    }

    IOException reason() {
        return reason;
    }
}

package dev.stowbook.supervisor.registry;

import java.io.IOException;

/** A proxy did not lead where it was asked to (RFC 9110, section 9.3.6 "CONNECT"). */
final class ProxyRefusal extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    ProxyRefusal(int status) {
        super("the proxy answered with status " + status);
        this.status = status;
    }

    boolean wantsLogin() {
        return status == 407;
    }

    boolean isMomentary() {
        return Requests.isMomentary(status);
    }
}

package dev.stowbook.spi.network;

import java.util.OptionalInt;

/**
 * Asks to take an endpoint out of its network.
 *
 * @param endpointId the endpoint: 64 characters of {@code [0-9a-f]}
 * @param generation its generation
 * @param sandboxFd an open descriptor of the sandbox's network namespace if the sandbox goes on, so that the interface must go from it
 *     now; empty if it is about to end, or has. Borrowed for the call
 * @param operationId the daemon's name for this step
 */
public record LeaveRequest(String endpointId, int generation, OptionalInt sandboxFd, String operationId) {

    /** Whose links and ports it is about. */
    public EndpointTarget target() {
        return new EndpointTarget(endpointId, generation, operationId);
    }
}

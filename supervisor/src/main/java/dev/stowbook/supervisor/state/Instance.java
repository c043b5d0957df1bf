package dev.stowbook.supervisor.state;

import java.time.Instant;

/**
 * Which daemon's log this is, and who runs it.
 *
 * @param id 12 hex digits, part of every kernel name; empty before the first event
 * @param bootId the boot of the host that the last daemon saw
 * @param graphDriver the driver that holds the layers
 * @param cgroupDriver the driver that makes the groups
 * @param networkDriver the driver that makes the networks
 * @param startedAt when the last daemon took over
 * @param users which pod has which of the host's ids
 */
public record Instance(
        String id,
        String bootId,
        String graphDriver,
        String cgroupDriver,
        String networkDriver,
        Instant startedAt,
        UserIds users) {

    static Instance none() {
        return new Instance("", "", "", "", "", Instant.EPOCH, UserIds.none());
    }

    Instance withUsers(UserIds value) {
        return new Instance(id, bootId, graphDriver, cgroupDriver, networkDriver, startedAt, value);
    }
}

package dev.stowbook.spi.cgroup;

import java.util.List;

/**
 * Asks to be told what happens to a group.
 *
 * @param group the group
 * @param pressure when to tell of pressure; none if empty. A trigger costs the kernel a thread for as long as it is watched
 * @param operationId the daemon's name for this step
 */
public record WatchRequest(GroupId group, List<PressureTrigger> pressure, String operationId) {
    public WatchRequest {
        pressure = List.copyOf(pressure);
    }
}

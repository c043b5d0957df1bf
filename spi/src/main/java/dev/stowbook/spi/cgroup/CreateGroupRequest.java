package dev.stowbook.spi.cgroup;

/**
 * Asks for a group.
 *
 * @param group the group
 * @param limits its limits
 * @param operationId the daemon's name for this step
 */
public record CreateGroupRequest(GroupId group, CgroupLimits limits, String operationId) {}

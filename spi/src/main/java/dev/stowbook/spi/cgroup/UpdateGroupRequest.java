package dev.stowbook.spi.cgroup;

/**
 * Asks for other limits of an existing group.
 *
 * @param group the group
 * @param limits what to change; empty fields stay
 * @param operationId the daemon's name for this step
 */
public record UpdateGroupRequest(GroupId group, CgroupLimits limits, String operationId) {}

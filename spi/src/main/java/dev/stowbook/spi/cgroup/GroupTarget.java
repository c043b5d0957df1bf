package dev.stowbook.spi.cgroup;

/**
 * One group and the operation on it.
 *
 * @param group the group
 * @param operationId what the daemon calls this step: {@code <sequence>/<step>}
 */
public record GroupTarget(GroupId group, String operationId) {}

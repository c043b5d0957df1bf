package dev.stowbook.supervisor.model;

/**
 * Where on the host a volume is while a pod uses it.
 *
 * @param path absolute
 * @param readOnly whether it refuses writes by itself
 */
public record MountSource(String path, boolean readOnly) {}

package dev.stowbook.spi.cgroup;

import java.util.OptionalInt;

/**
 * One rule of which devices may be used (devices.rst).
 *
 * @param allow allow or deny
 * @param type {@code a} all, {@code b} block, {@code c} character
 * @param major major number; empty for any
 * @param minor minor number; empty for any
 * @param access some of {@code r} read, {@code w} write, {@code m} mknod
 */
public record DeviceRule(boolean allow, char type, OptionalInt major, OptionalInt minor, String access) {}

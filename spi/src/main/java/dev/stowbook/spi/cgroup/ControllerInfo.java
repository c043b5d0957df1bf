package dev.stowbook.spi.cgroup;

/**
 * One controller of the host.
 *
 * @param name as the kernel calls it: {@code memory}
 * @param version which hierarchy owns it
 * @param mount where that hierarchy is mounted; empty if absent
 */
public record ControllerInfo(String name, Version version, String mount) {

    /** Which cgroup version owns a controller. */
    public enum Version {
        V1,
        V2,
        ABSENT
    }
}

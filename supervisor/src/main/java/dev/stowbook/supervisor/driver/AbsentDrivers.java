package dev.stowbook.supervisor.driver;

import java.util.Map;

/** Drivers that people know from elsewhere and that Stowbook does not bring, each with what to use instead. */
final class AbsentDrivers {
    private static final Map<String, String> GRAPH = Map.of(
            "aufs", "; aufs was never part of the kernel: overlay stacks directories as it did, use that",
            "overlay2", "; here it is called overlay",
            "devicemapper", "; use overlay, or a plugin for a file system with snapshots such as examples/driver-btrfs",
            "zfs", "; use overlay with its store on the zfs, or write a plugin as examples/driver-btrfs is one",
            "btrfs", "; build the plugin in examples/driver-btrfs, put its zip into <root>/plugins and its SHA-256 into the configuration",
            "fuse-overlayfs", "; it is for daemons without privileges, and this one runs as root: use overlay");

    private AbsentDrivers() {}

    /** What to add to the sentence that a driver is not there; empty for a name that means nothing. */
    static String advice(DriverKind kind, String name) {
        return kind == DriverKind.GRAPH ? GRAPH.getOrDefault(name, "") : "";
    }
}

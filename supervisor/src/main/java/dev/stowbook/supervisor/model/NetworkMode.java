package dev.stowbook.supervisor.model;

/** Whose network namespace a pod lives in. */
public enum NetworkMode {
    /** Its own, joined to networks. */
    NETWORKS,
    /** Its own, with nothing in it but the loopback link. */
    NONE,
    /** The host's. */
    HOST,
    /** Another pod's. */
    SHARED
}

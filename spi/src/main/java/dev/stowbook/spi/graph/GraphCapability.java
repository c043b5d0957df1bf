package dev.stowbook.spi.graph;

/** What a graph driver can do beyond the verbs every one of them has. */
public enum GraphCapability {
    /** Containers share the layers below them; only what is written is stored again. */
    COPY_ON_WRITE,
    /** Honours {@link PrepareRequest#quotaBytes}. */
    QUOTA,
    /** Makes a layer by a snapshot of the store's file system. */
    SNAPSHOT,
    /** Keeps extended attributes of files. */
    XATTR
}

package dev.stowbook.spi.graph;

/** What a graph driver can do beyond the verbs every one of them has. */
public enum GraphCapability {
    /** Containers share the layers below them; only what is written is stored again. */
    COPY_ON_WRITE,
    /** Honours {@link PrepareRequest#quotaBytes}, or answers UNSUPPORTED where the store's file system has no quotas; never ignores it. */
    QUOTA,
    /** Makes a layer by a snapshot of the store's file system. */
    SNAPSHOT,
    /** Keeps extended attributes of files. */
    XATTR,
    /** Knows by itself what a layer changed, without comparing it with its parent: no change is overlooked because times and sizes are as before. */
    DIFF
}

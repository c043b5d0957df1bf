package dev.stowbook.linux.layer;

/** Names by which a layer's tar deletes (OCI image-spec, layer.md, "Whiteouts"). */
final class Whiteouts {
    static final String PREFIX = ".wh.";
    /** Hides all that lower layers have in the directory it stands in. */
    static final String OPAQUE = ".wh..wh..opq";
    /** Names that AUFS kept for itself; no part of a layer's content. */
    static final String RESERVED_PREFIX = ".wh..wh.";

    private Whiteouts() {}
}

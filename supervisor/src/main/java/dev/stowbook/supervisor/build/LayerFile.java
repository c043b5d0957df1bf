package dev.stowbook.supervisor.build;

import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.Spool;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/** A layer's tar on its way into the store, in a file without a name: what writes it, then its DiffID and as many readers as wanted. */
public final class LayerFile implements AutoCloseable {
    private final Spool spool;
    private final MessageDigest sha256 = TarTree.sha256();
    private String diffId = "";

    private LayerFile(Spool spool) {
        this.spool = spool;
    }

    static LayerFile open(Path tmp) throws IOException {
        return new LayerFile(Spool.open(tmp));
    }

    /** Where to write the tar, once. */
    public OutputStream output() {
        return new DigestOutputStream(spool.output(), sha256);
    }

    /** All of it, again. */
    public InputStream input() throws IOException {
        return spool.part(0, spool.size());
    }

    public long sizeBytes() throws IOException {
        return spool.size();
    }

    /** The digest of what was written; nothing can be written after. */
    public synchronized Digest diffId() {
        if (diffId.isEmpty()) {
            diffId = HexFormat.of().formatHex(sha256.digest());
        }
        return new Digest(diffId);
    }

    @Override
    public void close() throws IOException {
        spool.close();
    }
}

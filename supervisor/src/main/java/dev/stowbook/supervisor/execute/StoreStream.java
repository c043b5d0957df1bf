package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Repository;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A registry's blob as the store reads it: what is wrong with it is said in the store's way. */
class StoreStream extends FilterInputStream {
    StoreStream(InputStream blob) {
        super(blob);
    }

    static ImageException told(RegistryException reason) {
        return new ImageException(reason.code(), String.valueOf(reason.getMessage()), reason);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            return super.read(bytes, offset, length);
        } catch (IOException e) {
            ImageException reason = told(Repository.reason(e));
            throw new IOException(reason.getMessage(), reason);
        }
    }
}

package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.io.OutputStream;

/** What a request carries. */
interface RequestBody {
    RequestBody NONE = new RequestBody() {
        @Override
        public long lengthBytes() {
            return 0;
        }

        @Override
        public void writeTo(OutputStream out) {}
    };

    /** How many bytes, -1 if that is not known beforehand: it is then sent in chunks. */
    long lengthBytes();

    void writeTo(OutputStream out) throws IOException;

    static RequestBody of(byte[] bytes) {
        return new RequestBody() {
            @Override
            public long lengthBytes() {
                return bytes.length;
            }

            @Override
            public void writeTo(OutputStream out) throws IOException {
                out.write(bytes);
            }
        };
    }
}

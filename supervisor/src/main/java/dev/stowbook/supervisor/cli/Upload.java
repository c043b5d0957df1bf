package dev.stowbook.supervisor.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** Bodies of requests that are files, and show how much of them has been sent. */
final class Upload {
    private final Progress progress;
    private final String ending;

    /** @param ending of the sentence that begins with how much was sent: {@code " of the context"} */
    Upload(Progress progress, String ending) {
        this.progress = progress;
        this.ending = ending;
    }

    /** What writes a body; lengths and progress come by themselves. */
    interface Writing {
        void to(OutputStream out) throws IOException;
    }

    /** A body of unknown length. */
    RequestBody body(Writing writing) {
        return body(-1, writing);
    }

    /** A body of a length that is known unless it is negative. */
    RequestBody body(long lengthBytes, Writing writing) {
        String whole = lengthBytes < 0 ? ending : " of " + Sizes.of(lengthBytes);
        return new RequestBody() {
            @Override
            public long lengthBytes() {
                return lengthBytes;
            }

            @Override
            public void writeTo(OutputStream out) throws IOException {
                Counting counting = new Counting(out, whole, lengthBytes < 0 ? Long.MAX_VALUE : lengthBytes);
                writing.to(counting);
                // Sent short, the daemon would wait for the rest, and we for the daemon.
                if (lengthBytes >= 0 && counting.sentBytes != lengthBytes) {
                    throw new IOException("of its " + lengthBytes + " bytes " + counting.sentBytes + " were left when they were read");
                }
            }
        };
    }

    /** Tells of what a tar could not hold. */
    void leftOut(Session session, List<String> paths) {
        progress.clear();
        for (String path : paths) {
            session.err().println("stowbook: left out, since a tar cannot hold it: " + Table.printable(path));
        }
    }

    private final class Counting extends FilterOutputStream {
        private final String whole;
        private final long mostBytes;
        private long sentBytes;

        Counting(OutputStream out, String whole, long mostBytes) {
            super(out);
            this.whole = whole;
            this.mostBytes = mostBytes;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            int wanted = (int) Math.min(length, mostBytes - sentBytes); // a file that grows is sent as long as it was
            out.write(bytes, offset, wanted);
            sentBytes += wanted;
            progress.show("sent " + Sizes.of(sentBytes) + whole);
        }
    }
}

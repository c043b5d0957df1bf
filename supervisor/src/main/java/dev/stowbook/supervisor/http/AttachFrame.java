package dev.stowbook.supervisor.http;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A frame of an attached stream: u8 type, u32 big-endian length, payload.
 *
 * @param type one of the constants
 * @param payload as the type says
 */
record AttachFrame(int type, byte[] payload) {
    static final int STDIN = 0;
    static final int STDOUT = 1;
    static final int STDERR = 2;
    static final int END_OF_STDIN = 3;
    static final int RESIZE = 4;
    static final int EXIT = 5;
    static final int ERROR = 6;
    static final int PASSED_OVER = 7;
    static final int LONGEST_PAYLOAD = 1 << 20;
    private static final int HEAD = 5;

    static AttachFrame exit(int code) {
        return new AttachFrame(EXIT, Buffer.buffer().appendInt(code).getBytes());
    }

    static AttachFrame passedOver(long bytes) {
        return new AttachFrame(PASSED_OVER, Buffer.buffer().appendLong(bytes).getBytes());
    }

    static AttachFrame error(String sentence) {
        return new AttachFrame(ERROR, sentence.getBytes(StandardCharsets.UTF_8));
    }

    Buffer encoded() {
        return Buffer.buffer(HEAD + payload.length)
                .appendByte((byte) type)
                .appendInt(payload.length)
                .appendBytes(payload);
    }

    /** Takes frames out of a stream of bytes. */
    static final class Parser {
        private Buffer rest = Buffer.buffer();

        /** The frames that are complete now. @throws IllegalArgumentException with a sentence */
        List<AttachFrame> take(Buffer bytes) {
            rest.appendBuffer(bytes);
            List<AttachFrame> frames = new ArrayList<>();
            int at = 0;
            while (rest.length() - at >= HEAD) {
                long length = rest.getUnsignedInt(at + 1);
                if (length > LONGEST_PAYLOAD) {
                    throw new IllegalArgumentException(
                            "a frame says it has " + length + " bytes; at most " + LONGEST_PAYLOAD + " are taken");
                }
                int end = at + HEAD + (int) length;
                if (end > rest.length()) {
                    break;
                }
                frames.add(new AttachFrame(rest.getUnsignedByte(at), rest.getBytes(at + HEAD, end)));
                at = end;
            }
            rest = rest.getBuffer(at, rest.length());
            return frames;
        }
    }
}

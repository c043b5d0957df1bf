package dev.stowbook.supervisor.dns;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;

/** Cuts what comes over TCP into messages, each behind its length (RFC 1035, 4.2.2). */
final class TcpMessages implements Handler<Buffer> {
    private static final int LENGTH = 2;

    private final Handler<Buffer> messages;
    private Buffer rest = Buffer.buffer();

    TcpMessages(Handler<Buffer> messages) {
        this.messages = messages;
    }

    static Buffer framed(Buffer message) {
        return Buffer.buffer().appendUnsignedShort(message.length()).appendBuffer(message);
    }

    @Override
    public void handle(Buffer bytes) {
        Buffer all = rest.length() == 0 ? bytes : rest.appendBuffer(bytes);
        int at = 0;
        while (all.length() - at >= LENGTH && all.length() - at - LENGTH >= all.getUnsignedShort(at)) {
            int end = at + LENGTH + all.getUnsignedShort(at);
            messages.handle(all.getBuffer(at + LENGTH, end));
            at = end;
        }
        rest = all.getBuffer(at, all.length()); // less than a message, so at most 64 KiB
    }
}

package dev.stowbook.supervisor.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRecordType;
import io.vertx.core.buffer.Buffer;
import java.util.Locale;

/**
 * A question that came in, RFC 1035 section 4.1.
 *
 * @param message all of it
 * @param name what is asked for: lower case, without the dot at its end
 * @param type the type of record, by its number
 * @param recordClass the class, by its number; IN is 1
 * @param end where the question section ends in the message
 * @param payload how long an answer over UDP may be, by RFC 6891; 0 if the asker knows nothing of it
 */
record Question(Buffer message, String name, int type, int recordClass, int end, int payload) {
    static final int HEADER = 12;
    static final int IN = 1;
    private static final int ANSWER_BIT = 0x80;
    private static final int OPCODE = 0x78;

    /** Why a message is no question that can be answered. */
    enum Fault {
        /** Too short, or an answer: nobody is told. */
        IGNORED,
        MALFORMED,
        NOT_IMPLEMENTED
    }

    /** Thrown by {@link #parse}. */
    static final class Bad extends Exception {
        private static final long serialVersionUID = 1L;
        final Fault fault;

        Bad(Fault fault) {
            super(fault.name(), null, false, false);
            this.fault = fault;
        }
    }

    static Question parse(Buffer message) throws Bad {
        if (message.length() < HEADER || (message.getByte(2) & ANSWER_BIT) != 0) {
            throw new Bad(Fault.IGNORED);
        }
        if ((message.getByte(2) & OPCODE) != 0) {
            throw new Bad(Fault.NOT_IMPLEMENTED);
        }
        if (message.getUnsignedShort(4) != 1) {
            throw new Bad(Fault.MALFORMED);
        }
        ByteBuf in = Unpooled.wrappedBuffer(message.getBytes());
        try {
            in.skipBytes(HEADER);
            DnsQuestion question = DnsRecordDecoder.DEFAULT.decodeQuestion(in);
            int end = in.readerIndex();
            String name = question.name().toLowerCase(Locale.ROOT);
            return new Question(
                    message,
                    name.endsWith(".") ? name.substring(0, name.length() - 1) : name,
                    question.type().intValue(),
                    question.dnsClass(),
                    end,
                    payload(message, in));
        } catch (Exception e) { // whatever the decoder makes of bytes from a container: they are no question
            throw new Bad(Fault.MALFORMED);
        } finally {
            in.release();
        }
    }

    private static int payload(Buffer message, ByteBuf in) throws Exception {
        int records = message.getUnsignedShort(6) + message.getUnsignedShort(8) + message.getUnsignedShort(10);
        for (int i = 0; i < records; i++) {
            DnsRecord record = DnsRecordDecoder.DEFAULT.decodeRecord(in);
            if (record == null) {
                throw new Bad(Fault.MALFORMED);
            }
            boolean option = record.type().equals(DnsRecordType.OPT);
            int size = record.dnsClass();
            io.netty.util.ReferenceCountUtil.release(record);
            if (option) {
                return Math.max(512, size);
            }
        }
        return 0;
    }

    int id() {
        return message.getUnsignedShort(0);
    }

    /** The message with another id, to be sent on as it is: what else it says is between the asker and who answers. */
    Buffer withId(int id) {
        return message.copy().setUnsignedShort(0, id);
    }

    /** Whether a message answers this question, sent on with that id. */
    boolean isAnsweredBy(Buffer answer, int sentId) {
        return answer.length() >= end
                && answer.getUnsignedShort(0) == sentId
                && (answer.getByte(2) & ANSWER_BIT) != 0
                && answer.getUnsignedShort(4) == 1
                && answer.getBuffer(HEADER, end).equals(message.getBuffer(HEADER, end));
    }
}

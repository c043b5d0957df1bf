package dev.stowbook.supervisor.dns;

import dev.stowbook.supervisor.model.IpAddress;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Answers of our own as bytes, RFC 1035 section 4. */
final class Reply {
    /** How long an answer may be kept: pods come and go. */
    private static final int TTL_SECONDS = 5;

    private static final int NAME_OF_QUESTION = 0xc000 | Question.HEADER;
    private static final int OUR_PAYLOAD = 1232;
    private static final int LEAST_PAYLOAD = 512;
    private static final int ANSWER = 0x8000;
    private static final int AUTHORITATIVE = 0x0400;
    private static final int TRUNCATED = 0x0200;
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int RECURSION_AVAILABLE = 0x0080;
    private static final int OPCODE = 0x7800;

    private Reply() {}

    /** Records of the type that was asked for; none of it is an answer, too. Too many for UDP become none, and a word to ask over TCP. */
    static Buffer addresses(Question question, List<IpAddress> addresses, boolean tcp) {
        Buffer records = Buffer.buffer();
        int count = 0;
        for (IpAddress address : addresses) {
            if (question.type() == type(address).intValue() || question.type() == DnsRecordType.ANY.intValue()) {
                record(records, type(address), bytes(address));
                count++;
            }
        }
        return limited(question, records, count, tcp);
    }

    /** The name of an address. */
    static Buffer pointer(Question question, String name, boolean tcp) {
        Buffer target = Buffer.buffer();
        for (String label : name.split("\\.")) {
            byte[] bytes = label.getBytes(StandardCharsets.US_ASCII);
            target.appendByte((byte) bytes.length).appendBytes(bytes);
        }
        Buffer records = Buffer.buffer();
        record(records, DnsRecordType.PTR, target.appendByte((byte) 0).getBytes());
        return limited(question, records, 1, tcp);
    }

    /** There is no such name. */
    static Buffer missing(Question question) {
        return message(question, AUTHORITATIVE | DnsResponseCode.NXDOMAIN.intValue(), 0, Buffer.buffer());
    }

    /** No records, for another reason than that there are none. */
    static Buffer refusal(Question question, DnsResponseCode code) {
        return message(question, code.intValue(), 0, Buffer.buffer());
    }

    /** To a message that is no question: its head, with the reason. */
    static Buffer fault(Buffer message, DnsResponseCode code) {
        int flags = message.getUnsignedShort(2) & (OPCODE | RECURSION_DESIRED) | ANSWER | RECURSION_AVAILABLE | code.intValue();
        return Buffer.buffer()
                .appendUnsignedShort(message.getUnsignedShort(0))
                .appendUnsignedShort(flags)
                .appendLong(0);
    }

    private static Buffer limited(Question question, Buffer records, int count, boolean tcp) {
        Buffer whole = message(question, AUTHORITATIVE, count, records);
        int most = Math.max(LEAST_PAYLOAD, Math.min(question.payload(), OUR_PAYLOAD));
        return tcp || whole.length() <= most ? whole : message(question, AUTHORITATIVE | TRUNCATED, 0, Buffer.buffer());
    }

    private static Buffer message(Question question, int flags, int count, Buffer records) {
        boolean extended = question.payload() > 0;
        int asked = question.message().getUnsignedShort(2) & RECURSION_DESIRED;
        Buffer message = Buffer.buffer()
                .appendUnsignedShort(question.id())
                .appendUnsignedShort(ANSWER | RECURSION_AVAILABLE | asked | flags)
                .appendUnsignedShort(1)
                .appendUnsignedShort(count)
                .appendUnsignedShort(0)
                .appendUnsignedShort(extended ? 1 : 0)
                .appendBuffer(question.message().getBuffer(Question.HEADER, question.end()))
                .appendBuffer(records);
        if (extended) { // RFC 6891, 6.1.2: root name, OPT, our size, no flags, no options
            message.appendByte((byte) 0)
                    .appendUnsignedShort(DnsRecordType.OPT.intValue())
                    .appendUnsignedShort(OUR_PAYLOAD)
                    .appendInt(0)
                    .appendUnsignedShort(0);
        }
        return message;
    }

    private static void record(Buffer to, DnsRecordType type, byte[] data) {
        to.appendUnsignedShort(NAME_OF_QUESTION)
                .appendUnsignedShort(type.intValue())
                .appendUnsignedShort(Question.IN)
                .appendInt(TTL_SECONDS)
                .appendUnsignedShort(data.length)
                .appendBytes(data);
    }

    private static DnsRecordType type(IpAddress address) {
        return address.six() ? DnsRecordType.AAAA : DnsRecordType.A;
    }

    private static byte[] bytes(IpAddress address) {
        Buffer bytes = Buffer.buffer();
        return (address.six() ? bytes.appendLong(address.high()).appendLong(address.low()) : bytes.appendInt((int) address.low()))
                .getBytes();
    }
}

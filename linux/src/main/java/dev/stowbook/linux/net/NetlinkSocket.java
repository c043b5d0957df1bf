package dev.stowbook.linux.net;

import static dev.stowbook.linux.net.Rtnl.*;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A raw AF_NETLINK socket (netlink(7)): requests with acknowledgements, single answers, dumps of several parts. Methods may be called
 * from any thread and exclude each other.
 */
final class NetlinkSocket {
    // netlink(7): messages to user space are built for at most 8 KiB, or for the largest buffer ever passed to recv.
    private static final int RECEIVE_BYTES = 32 * 1024;
    private static final int TIMEOUT_SECONDS = 10;
    private static final int DUMP_ATTEMPTS = 10;

    private final Fd socket;
    private final ReentrantLock lock = new ReentrantLock();
    private final byte[] received = new byte[RECEIVE_BYTES];
    private int sequence;

    private NetlinkSocket(Fd socket) {
        this.socket = socket;
    }

    /** Writes one message that begins with the given sequence number. */
    interface Writer {
        void write(NetlinkMessage out, int sequence);
    }

    /** A message to send, and what to call it when it fails. */
    record Request(String call, String target, Writer writer) {}

    /** Opens one in the namespace of the calling thread, for a protocol such as NETLINK_ROUTE. */
    static NetlinkSocket open(int protocol) throws LinuxException {
        @Nullable Fd socket = null;
        try {
            socket = Fd.own(NetLibC.socket(NetLibC.AF_NETLINK, NetLibC.SOCK_RAW | NetLibC.SOCK_CLOEXEC, protocol));
            byte[] on = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(1).array();
            // SAFETY: struct timeval is two 64-bit words on both processors.
            byte[] timeout = ByteBuffer.allocate(16)
                    .order(ByteOrder.nativeOrder())
                    .putLong(TIMEOUT_SECONDS)
                    .array();
            NetLibC.setsockopt(socket.number(), NetLibC.SOL_SOCKET, NetLibC.SO_RCVTIMEO, timeout, timeout.length);
            NetLibC.setsockopt(socket.number(), NetLibC.SOL_SOCKET, NetLibC.SO_SNDTIMEO, timeout, timeout.length);
            NetLibC.setsockopt(socket.number(), NetLibC.SOL_NETLINK, NetLibC.NETLINK_CAP_ACK, on, on.length);
            NetLibC.setsockopt(socket.number(), NetLibC.SOL_NETLINK, NetLibC.NETLINK_EXT_ACK, on, on.length);
            return new NetlinkSocket(socket);
        } catch (LastErrorException e) {
            if (socket != null) {
                socket.close();
            }
            throw new LinuxException(e.getErrorCode(), socket == null ? "socket" : "setsockopt", "AF_NETLINK");
        }
    }

    /** Sends all in one datagram and waits for each acknowledgement; the first failure is thrown when all are done. */
    void execute(List<Request> requests) throws LinuxException {
        if (requests.isEmpty()) {
            return;
        }
        lock.lock();
        try {
            NetlinkMessage out = new NetlinkMessage();
            int first = sequence + 1;
            for (Request request : requests) {
                request.writer().write(out, ++sequence);
            }
            send(out, requests.getFirst().target());
            acknowledgements(requests, first);
        } finally {
            lock.unlock();
        }
    }

    private void acknowledgements(List<Request> requests, int first) throws LinuxException {
        @Nullable LinuxException failure = null;
        int outstanding = requests.size();
        while (outstanding > 0) {
            ByteBuffer in = receive(requests.getFirst().target());
            while (in.remaining() >= NetlinkMessage.HEADER_BYTES) {
                Reply reply = Reply.next(in);
                int number = reply.sequence() - first;
                if (number < 0 || number >= requests.size() || reply.type() != NLMSG_ERROR) {
                    continue; // the late answer to a request that was given up after its time-out
                }
                outstanding--;
                if (reply.errno() != 0 && failure == null) {
                    Request failed = requests.get(number);
                    failure = new LinuxException(reply.errno(), failed.call(), failed.target() + reply.explanation());
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Sends a request that is answered by one message of the given type; empty if the kernel says that there is none (ENODEV). */
    Optional<ByteBuffer> ask(Request request, int answerType) throws LinuxException {
        lock.lock();
        try {
            NetlinkMessage out = new NetlinkMessage();
            request.writer().write(out, ++sequence);
            send(out, request.target());
            while (true) {
                ByteBuffer in = receive(request.target());
                while (in.remaining() >= NetlinkMessage.HEADER_BYTES) {
                    Reply reply = Reply.next(in);
                    if (reply.sequence() != sequence) {
                        continue;
                    }
                    if (reply.type() == answerType) {
                        return Optional.of(reply.copiedPayload());
                    }
                    if (reply.errno() == Errno.ENODEV) {
                        return Optional.empty();
                    }
                    throw new LinuxException(reply.errno(), request.call(), request.target() + reply.explanation());
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** The payloads of all messages of a dump, read again from the start if the table changed meanwhile. */
    List<ByteBuffer> dump(Request request) throws LinuxException {
        lock.lock();
        try {
            for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
                NetlinkMessage out = new NetlinkMessage();
                request.writer().write(out, ++sequence);
                send(out, request.target());
                Optional<List<ByteBuffer>> messages = dumped(request);
                if (messages.isPresent()) {
                    return messages.get();
                }
            }
            throw new LinuxException(
                    Errno.EAGAIN, request.call(), "the table changed during each of " + DUMP_ATTEMPTS + " readings");
        } finally {
            lock.unlock();
        }
    }

    /** Reads one dump to its end; empty if the table changed meanwhile (NLM_F_DUMP_INTR). */
    private Optional<List<ByteBuffer>> dumped(Request request) throws LinuxException {
        List<ByteBuffer> messages = new ArrayList<>();
        boolean interrupted = false;
        while (true) {
            ByteBuffer in = receive(request.target());
            while (in.remaining() >= NetlinkMessage.HEADER_BYTES) {
                Reply reply = Reply.next(in);
                if (reply.sequence() != sequence) {
                    continue;
                }
                interrupted |= (reply.flags() & NLM_F_DUMP_INTR) != 0;
                if (reply.type() == NLMSG_DONE) {
                    return interrupted ? Optional.empty() : Optional.of(messages);
                }
                if (reply.type() == NLMSG_ERROR) {
                    throw new LinuxException(reply.errno(), request.call(), request.target() + reply.explanation());
                }
                messages.add(reply.copiedPayload());
            }
        }
    }

    private void send(NetlinkMessage out, String target) throws LinuxException {
        byte[] bytes = out.bytes();
        try {
            NetLibC.send(socket.number(), bytes, bytes.length, 0);
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "send", target);
        }
    }

    private ByteBuffer receive(String target) throws LinuxException {
        while (true) {
            try {
                // SAFETY: MSG_TRUNC makes recv return the datagram's true length, so that a cut one is noticed.
                long length = NetLibC.recv(socket.number(), received, received.length, NetLibC.MSG_TRUNC);
                if (length > received.length) {
                    throw new LinuxException(Errno.EOVERFLOW, "recv", target + ": an answer of " + length + " bytes");
                }
                return ByteBuffer.wrap(received, 0, (int) length).order(ByteOrder.nativeOrder());
            } catch (LastErrorException e) {
                if (e.getErrorCode() != Errno.EINTR) {
                    throw new LinuxException(e.getErrorCode(), "recv", target);
                }
            }
        }
    }

    void close() {
        lock.lock();
        try {
            socket.close();
        } finally {
            lock.unlock();
        }
    }

    /** One message of the kernel. */
    private record Reply(int type, int flags, int sequence, int errno, ByteBuffer payload) {

        /** Takes the next message off a datagram. */
        static Reply next(ByteBuffer in) {
            int at = in.position();
            int length = Math.clamp(in.getInt(at), NetlinkMessage.HEADER_BYTES, in.remaining());
            int type = in.getShort(at + 4) & 0xffff;
            ByteBuffer payload = in.slice(at + NetlinkMessage.HEADER_BYTES, length - NetlinkMessage.HEADER_BYTES)
                    .order(ByteOrder.nativeOrder());
            int errno = type == NLMSG_ERROR && payload.remaining() >= 4 ? -payload.getInt(0) : 0;
            in.position(Math.min(in.limit(), at + ((length + 3) & ~3)));
            return new Reply(type, in.getShort(at + 6) & 0xffff, in.getInt(at + 8), errno, payload);
        }

        /** The payload, apart from the receive buffer, which the next message overwrites. */
        ByteBuffer copiedPayload() {
            return ByteBuffer.allocate(payload.remaining()).order(ByteOrder.nativeOrder()).put(payload).flip();
        }

        /** What the kernel says about an error beyond its number: struct nlmsgerr { s32 error; nlmsghdr }, then attributes. */
        String explanation() {
            int attributes = 4 + NetlinkMessage.HEADER_BYTES;
            if ((flags & NLM_F_ACK_TLVS) == 0 || payload.remaining() <= attributes) {
                return "";
            }
            String text = new Attributes(payload.slice(attributes, payload.remaining() - attributes)).text(NLMSGERR_ATTR_MSG);
            return text.isEmpty() ? "" : ": " + text;
        }
    }
}

package dev.stowbook.linux.net;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.process.Pipe;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tells who changes the firewall of one network namespace: the kernel says so by multicast (linux/netfilter/nfnetlink.h, group
 * NFNLGRP_NFTABLES), object by object and then NEWGEN with the process, for each transaction. One thread waits for it; the listener runs on that
 * thread and may block, then the kernel keeps news for it, and says so if that was too much.
 */
public final class NftablesWatch implements AutoCloseable {
    private static final int NETLINK_NETFILTER = 12;
    private static final int NFNLGRP_NFTABLES = 7;
    private static final int NFNL_SUBSYS_NFTABLES = 10;
    private static final int NFT_MSG_NEWGEN = 15;
    private static final int NFGENMSG_BYTES = 4;
    // Attribute 1 of every message but NEWGEN is the table's name: NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE, ...
    private static final int NFTA_TABLE = 1;
    private static final int NFTA_GEN_PROC_PID = 2;
    private static final int NFTA_GEN_PROC_NAME = 3;
    private static final int RECEIVE_BYTES = 64 * 1024;
    private static final short POLLIN = 1;

    private final Fd socket;
    private final Pipe end;
    private final Listener listener;
    private final Thread thread;
    private final Set<String> tables = new TreeSet<>();

    /** Hears of changes, on the watch's thread. */
    public interface Listener {
        /**
         * One transaction has taken effect.
         *
         * @param tables the names of the tables it changed, of whatever family
         * @param processId the process, or rather thread, as the initial pid namespace has it
         * @param program its name, {@code nft}
         */
        void changed(Set<String> tables, int processId, String program);

        /** The kernel had more to tell than it could keep: anything may have changed. */
        void missed();
    }

    private NftablesWatch(Fd socket, Pipe end, Listener listener, String threadName) {
        this.socket = socket;
        this.end = end;
        this.listener = listener;
        this.thread = Thread.ofPlatform().daemon().name(threadName).unstarted(this::run);
    }

    /**
     * Begins to listen in the namespace of the calling thread. What happens after the return is heard.
     *
     * @throws LinuxException EPERM without CAP_NET_ADMIN there
     */
    public static NftablesWatch open(String threadName, Listener listener) throws LinuxException {
        Pipe end = Pipe.open();
        Fd socket = null;
        try {
            socket = Fd.own(NetLibC.socket(NetLibC.AF_NETLINK, NetLibC.SOCK_RAW | NetLibC.SOCK_CLOEXEC, NETLINK_NETFILTER));
            // SAFETY: struct sockaddr_nl { u16 family; u16 pad; u32 pid; u32 groups }. The kernel takes a socket without a number for
            // the sender of its own news, and passes it over.
            byte[] any = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder()).putShort((short) NetLibC.AF_NETLINK).array();
            NetLibC.bind(socket.number(), any, any.length);
            byte[] group = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(NFNLGRP_NFTABLES).array();
            NetLibC.setsockopt(socket.number(), NetLibC.SOL_NETLINK, NetLibC.NETLINK_ADD_MEMBERSHIP, group, group.length);
            NftablesWatch watch = new NftablesWatch(socket, end, listener, threadName);
            watch.thread.start();
            return watch;
        } catch (LastErrorException e) {
            if (socket != null) {
                socket.close();
            }
            end.close();
            throw new LinuxException(e.getErrorCode(), socket == null ? "socket" : "NETLINK_ADD_MEMBERSHIP", "nftables");
        }
    }

    private void run() {
        byte[] received = new byte[RECEIVE_BYTES];
        while (awaitNews()) {
            try {
                // SAFETY: at most the array's length is written; the kernel builds no such message larger than 32 KiB.
                int length = (int) NetLibC.recv(socket.number(), received, received.length, 0);
                read(ByteBuffer.wrap(received, 0, length).order(ByteOrder.nativeOrder()));
            } catch (LastErrorException e) {
                if (e.getErrorCode() == Errno.ENOBUFS) {
                    listener.missed();
                } else if (e.getErrorCode() != Errno.EINTR) {
                    throw e;
                }
            }
        }
    }

    /** False once the watch is closed. */
    private boolean awaitNews() {
        // SAFETY: two of struct pollfd { int fd; short events; short revents }, in an array that JNA copies in and out around the call.
        byte[] polled = new byte[16];
        ByteBuffer fields = ByteBuffer.wrap(polled).order(ByteOrder.nativeOrder());
        fields.putInt(0, socket.number()).putShort(4, POLLIN).putInt(8, end.readEnd().number()).putShort(12, POLLIN);
        while (true) {
            try {
                NetLibC.poll(polled, 2, -1);
                return fields.getShort(14) == 0;
            } catch (LastErrorException e) {
                if (e.getErrorCode() != Errno.EINTR) {
                    throw e;
                }
            }
        }
    }

    private void read(ByteBuffer in) {
        while (in.remaining() >= NetlinkMessage.HEADER_BYTES) {
            int at = in.position();
            int length = Math.clamp(in.getInt(at), NetlinkMessage.HEADER_BYTES, in.remaining());
            int type = in.getShort(at + 4) & 0xffff;
            int skipped = NetlinkMessage.HEADER_BYTES + NFGENMSG_BYTES;
            if (type >> 8 == NFNL_SUBSYS_NFTABLES && length >= skipped) {
                note(type & 0xff, new Attributes(in.slice(at + skipped, length - skipped)));
            }
            in.position(Math.min(in.limit(), at + ((length + 3) & ~3)));
        }
    }

    private void note(int message, Attributes attributes) {
        if (message != NFT_MSG_NEWGEN) {
            tables.add(attributes.text(NFTA_TABLE));
            return;
        }
        // Numbers in network order.
        int processId = Optional.of(attributes.bytes(NFTA_GEN_PROC_PID).orElse(new byte[4]))
                .map(bytes -> ByteBuffer.wrap(bytes).getInt())
                .get();
        Set<String> changed = Set.copyOf(tables);
        tables.clear();
        listener.changed(changed, processId, attributes.text(NFTA_GEN_PROC_NAME));
    }

    /** Ends the thread, after a listener that runs. Idempotent. */
    @Override
    public void close() {
        if (!thread.isAlive()) {
            return;
        }
        LibC.write(end.writeEnd().number(), new byte[1], 1);
        try {
            if (Thread.currentThread() != thread) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        socket.close();
        end.close();
    }
}

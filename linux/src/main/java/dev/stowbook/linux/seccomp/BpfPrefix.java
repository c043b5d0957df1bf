package dev.stowbook.linux.seccomp;

import dev.stowbook.linux.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Instructions put before a filter, that answer ENOSYS to system calls newer than the profile: EPERM would make the C library report an error
 * where it has an older call to fall back to.
 */
final class BpfPrefix {
    private static final int MAX_INSTRUCTIONS = 4096; // BPF_MAXINSNS
    private static final int INSTRUCTION_BYTES = 8;
    private static final int BPF_LD_W_ABS = 0x20;
    private static final int BPF_JA = 0x05;
    private static final int BPF_JEQ_K = 0x15;
    private static final int BPF_JGT_K = 0x25;
    private static final int BPF_JGE_K = 0x35;
    private static final int BPF_RET_K = 0x06;
    /** Offsets in struct seccomp_data. */
    private static final int NR = 0;
    private static final int ARCH = 4;
    /** x32 has calls of its own from 512 on; the ones it shares with x86-64 end below. */
    private static final int X32_OWN = SeccompArch.X32_BIT + 512;

    private BpfPrefix() {}

    /**
     * The numbers of one architecture that are known.
     *
     * @param arch whose
     * @param highest the highest known number; for x32 the highest below its own range
     * @param highestOwn the highest known number of x32's own range; otherwise as {@code highest}
     */
    record Limit(SeccompArch arch, int highest, int highestOwn) {
        static Optional<Limit> of(SeccompArch arch, Collection<Integer> numbers) {
            boolean x32 = arch == SeccompArch.X32;
            var shared = numbers.stream().filter(number -> !x32 || number < X32_OWN).mapToInt(Integer::intValue).max();
            var all = numbers.stream().mapToInt(Integer::intValue).max();
            return shared.isPresent()
                    ? Optional.of(new Limit(arch, shared.getAsInt(), all.getAsInt()))
                    : Optional.empty();
        }
    }

    static byte[] enosysAbove(List<Limit> limits, byte[] filter) throws SeccompException {
        var program = ByteBuffer.allocate(filter.length + limits.size() * 8 * INSTRUCTION_BYTES).order(ByteOrder.nativeOrder());
        for (Limit limit : limits) {
            block(program, limit);
        }
        program.put(filter);
        byte[] bytes = new byte[program.flip().remaining()];
        program.get(bytes);
        if (bytes.length / INSTRUCTION_BYTES > MAX_INSTRUCTIONS) {
            throw new SeccompException("The filter has " + bytes.length / INSTRUCTION_BYTES + " instructions, the kernel takes "
                    + MAX_INSTRUCTIONS + ": compare fewer arguments.");
        }
        return bytes;
    }

    /** Falls through to what follows unless the call is of this architecture and above its limit. */
    private static void block(ByteBuffer program, Limit limit) {
        int enosys = SeccompAction.errno(Errno.ENOSYS).value();
        boolean x32 = limit.arch() == SeccompArch.X32;
        boolean x86_64 = limit.arch() == SeccompArch.X86_64;
        put(program, BPF_LD_W_ABS, 0, 0, ARCH);
        put(program, BPF_JEQ_K, 0, x32 ? 6 : x86_64 ? 4 : 3, limit.arch().audit);
        put(program, BPF_LD_W_ABS, 0, 0, NR);
        if (x32) {
            put(program, BPF_JGT_K, 0, 4, limit.highest()); // shared and known, or not x32: pass
            put(program, BPF_JGE_K, 0, 2, X32_OWN); // newer than known: refuse
            put(program, BPF_JGT_K, 1, 0, limit.highestOwn());
            put(program, BPF_JA, 0, 0, 1);
        } else if (x86_64) {
            put(program, BPF_JGE_K, 2, 0, SeccompArch.X32_BIT);
            put(program, BPF_JGT_K, 0, 1, limit.highest());
        } else {
            put(program, BPF_JGT_K, 0, 1, limit.highest());
        }
        put(program, BPF_RET_K, 0, 0, enosys);
    }

    private static void put(ByteBuffer program, int code, int jumpTrue, int jumpFalse, int k) {
        program.putShort((short) code).put((byte) jumpTrue).put((byte) jumpFalse).putInt(k);
    }
}

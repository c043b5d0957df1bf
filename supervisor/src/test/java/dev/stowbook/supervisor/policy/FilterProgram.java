package dev.stowbook.supervisor.policy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Runs a filter as the kernel would, for architectures this machine does not have. */
record FilterProgram(byte[] bytes) {
    static final int X86_64 = 0xC000003E;
    static final int X86 = 0x40000003;
    static final int AARCH64 = 0xC00000B7;

    static final int ALLOW = 0x7fff0000;
    static final int ERRNO = 0x00050000;
    static final int KILL_PROCESS = 0x80000000;

    int instructions() {
        return bytes.length / 8;
    }

    /** The value the filter returns for a call (seccomp(2)). */
    int decide(int architecture, int number, long... arguments) {
        var data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putInt(number).putInt(architecture).putLong(0);
        for (long argument : arguments) {
            data.putLong(argument);
        }
        var program = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int a = 0;
        for (int at = 0; ; at++) {
            int code = program.getShort(at * 8) & 0xffff;
            int ifTrue = program.get(at * 8 + 2) & 0xff;
            int ifFalse = program.get(at * 8 + 3) & 0xff;
            int k = program.getInt(at * 8 + 4);
            switch (code) {
                case 0x20 -> a = data.getInt(k);
                case 0x54 -> a &= k;
                case 0x05 -> at += k;
                case 0x15 -> at += a == k ? ifTrue : ifFalse;
                case 0x25 -> at += Integer.compareUnsigned(a, k) > 0 ? ifTrue : ifFalse;
                case 0x35 -> at += Integer.compareUnsigned(a, k) >= 0 ? ifTrue : ifFalse;
                case 0x06 -> {
                    return k;
                }
                default -> throw new AssertionError("instruction " + Integer.toHexString(code) + " at " + at);
            }
        }
    }
}

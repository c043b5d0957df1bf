package dev.stowbook.linux.cgroup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;

/**
 * Which devices the processes of a v2 group may use, as a program of the kernel's BPF machine (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE;
 * cgroup-v2.rst "Device controller"). Pure: {@link DevicePrograms} loads it.
 *
 * <p>The program holds the set of accesses that are allowed to the device asked about, empty at first; each rule that matches adds
 * to it or takes away; the request passes if all it asks for is in the set. That is what v1's {@code devices.deny a} followed by the
 * rules does (devices.rst).
 *
 * @param rules in order
 */
public record DeviceFilter(List<Rule> rules) {
    /** struct bpf_insn: u8 code, u8 destination and source register, s16 offset, s32 immediate. */
    static final int INSTRUCTION_BYTES = 8;

    private static final int LOAD_WORD = 0x61;
    private static final int MOVE = 0xb4;
    private static final int MOVE_REGISTER = 0xbc;
    private static final int AND = 0x54;
    private static final int AND_REGISTER = 0x5c;
    private static final int OR = 0x44;
    private static final int XOR = 0xa4;
    private static final int SHIFT_RIGHT = 0x74;
    private static final int JUMP_UNLESS_EQUAL = 0x55;
    private static final int EXIT = 0x95;
    private static final int RESULT = 0;
    private static final int CONTEXT = 1;
    private static final int TYPE = 2;
    private static final int ACCESS = 3;
    private static final int MAJOR = 4;
    private static final int MINOR = 5;
    private static final int ALLOWED = 6;
    private static final int LONGEST_RULE = 4;
    private static final int FRAME = 13;

    /**
     * One rule.
     *
     * @param allow whether to add or to take away
     * @param type {@code a} all, {@code b} block, {@code c} character
     * @param major empty for any
     * @param minor empty for any
     * @param access some of {@code r}, {@code w}, {@code m}
     */
    public record Rule(boolean allow, char type, OptionalInt major, OptionalInt minor, String access) {
        /** BPF_DEVCG_ACC_MKNOD 1, READ 2, WRITE 4. */
        private int accessBits() {
            return (access.contains("m") ? 1 : 0) | (access.contains("r") ? 2 : 0) | (access.contains("w") ? 4 : 0);
        }
    }

    public DeviceFilter {
        rules = List.copyOf(rules);
    }

    /** The program, struct bpf_insn after struct bpf_insn in the machine's byte order. */
    byte[] program() {
        var code = ByteBuffer.allocate((FRAME + rules.size() * LONGEST_RULE) * INSTRUCTION_BYTES).order(ByteOrder.nativeOrder());
        // struct bpf_cgroup_dev_ctx: u32 access << 16 | type, u32 major, u32 minor
        instruction(code, LOAD_WORD, TYPE, CONTEXT, 0, 0);
        instruction(code, MOVE_REGISTER, ACCESS, TYPE, 0, 0);
        instruction(code, AND, TYPE, 0, 0, 0xffff);
        instruction(code, SHIFT_RIGHT, ACCESS, 0, 0, 16);
        instruction(code, LOAD_WORD, MAJOR, CONTEXT, 4, 0);
        instruction(code, LOAD_WORD, MINOR, CONTEXT, 8, 0);
        instruction(code, MOVE, ALLOWED, 0, 0, 0);
        rules.forEach(rule -> rule(code, rule));
        instruction(code, XOR, ALLOWED, 0, 0, -1);
        instruction(code, AND_REGISTER, ACCESS, ALLOWED, 0, 0);
        instruction(code, MOVE, RESULT, 0, 0, 0);
        instruction(code, JUMP_UNLESS_EQUAL, ACCESS, 0, 1, 0);
        instruction(code, MOVE, RESULT, 0, 0, 1);
        instruction(code, EXIT, 0, 0, 0, 0);
        byte[] program = new byte[code.position()];
        code.flip().get(program);
        return program;
    }

    private static void rule(ByteBuffer code, Rule rule) {
        // BPF_DEVCG_DEV_BLOCK 1, CHAR 2
        OptionalInt type = rule.type() == 'a' ? OptionalInt.empty() : OptionalInt.of(rule.type() == 'b' ? 1 : 2);
        int toSkip = (type.isPresent() ? 1 : 0) + (rule.major().isPresent() ? 1 : 0) + (rule.minor().isPresent() ? 1 : 0);
        if (type.isPresent()) {
            instruction(code, JUMP_UNLESS_EQUAL, TYPE, 0, toSkip--, type.getAsInt());
        }
        if (rule.major().isPresent()) {
            instruction(code, JUMP_UNLESS_EQUAL, MAJOR, 0, toSkip--, rule.major().getAsInt());
        }
        if (rule.minor().isPresent()) {
            instruction(code, JUMP_UNLESS_EQUAL, MINOR, 0, toSkip, rule.minor().getAsInt());
        }
        instruction(code, rule.allow() ? OR : AND, ALLOWED, 0, 0, rule.allow() ? rule.accessBits() : ~rule.accessBits());
    }

    private static void instruction(ByteBuffer code, int operation, int destination, int source, int offset, int immediate) {
        boolean little = code.order() == ByteOrder.LITTLE_ENDIAN;
        code.put((byte) operation)
                .put((byte) (little ? source << 4 | destination : destination << 4 | source))
                .putShort((short) offset)
                .putInt(immediate);
    }
}

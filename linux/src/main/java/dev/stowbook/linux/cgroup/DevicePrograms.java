package dev.stowbook.linux.cgroup;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import dev.stowbook.linux.Arch;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Puts a {@link DeviceFilter} on a v2 group. Any thread; one call per group at a time. */
@FunctionalInterface
public interface DevicePrograms {

    /** Makes a filter the group's only one; the group is never without one in between. It ends with the group. */
    void replace(Path group, DeviceFilter filter) throws LinuxException;

    /** The real thing, by bpf(2); Linux 5.7 for programs that groups share ({@code BPF_F_ALLOW_MULTI}). */
    static DevicePrograms real() {
        return Bpf::replace;
    }

    /** bpf(2) with the parts of union bpf_attr we use. */
    final class Bpf {
        private static final long SYS_BPF = Arch.isAarch64() ? 280 : 321;
        private static final int PROG_LOAD = 5;
        private static final int PROG_ATTACH = 8;
        private static final int PROG_DETACH = 9;
        private static final int PROG_GET_FD_BY_ID = 13;
        private static final int PROG_QUERY = 16;
        private static final int PROG_TYPE_CGROUP_DEVICE = 15;
        private static final int ATTACH_TYPE_CGROUP_DEVICE = 6;
        private static final int F_ALLOW_MULTI = 2;
        private static final int ATTR_BYTES = 128;
        private static final int MAX_PROGRAMS = 64;

        private Bpf() {}

        static void replace(Path group, DeviceFilter filter) throws LinuxException {
            try (Fd directory = Fd.own(LibC.open(group.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0));
                    Fd program = load(filter)) {
                List<Integer> before = attached(directory);
                change(PROG_ATTACH, directory, program, F_ALLOW_MULTI);
                for (int id : before) {
                    detach(directory, id);
                }
            } catch (LastErrorException e) {
                throw new LinuxException(e.getErrorCode(), "bpf, attach a device filter", group.toString());
            }
        }

        /** SAFETY: the program and the license stay reachable until bpf(2), which copies both, has returned. */
        private static Fd load(DeviceFilter filter) {
            byte[] instructions = filter.program();
            byte[] license = "Apache-2.0\0".getBytes(StandardCharsets.US_ASCII);
            try (Memory code = new Memory(instructions.length); Memory licenseText = new Memory(license.length);
                    Memory attr = attr()) {
                code.write(0, instructions, 0, instructions.length);
                licenseText.write(0, license, 0, license.length);
                attr.setInt(0, PROG_TYPE_CGROUP_DEVICE);
                attr.setInt(4, instructions.length / DeviceFilter.INSTRUCTION_BYTES);
                attr.setPointer(8, code);
                attr.setPointer(16, licenseText);
                return Fd.own((int) bpf(PROG_LOAD, attr));
            }
        }

        private static void change(int command, Fd directory, Fd program, int flags) {
            try (Memory attr = attr()) {
                attr.setInt(0, directory.number());
                attr.setInt(4, program.number());
                attr.setInt(8, ATTACH_TYPE_CGROUP_DEVICE);
                attr.setInt(12, flags);
                bpf(command, attr);
            }
        }

        /** Ids of the programs attached to this very group. SAFETY: prog_cnt bounds what the kernel writes into the ids. */
        private static List<Integer> attached(Fd directory) {
            try (Memory attr = attr(); Memory ids = new Memory(MAX_PROGRAMS * 4L)) {
                attr.setInt(0, directory.number());
                attr.setInt(4, ATTACH_TYPE_CGROUP_DEVICE);
                attr.setPointer(16, ids);
                attr.setInt(24, MAX_PROGRAMS);
                bpf(PROG_QUERY, attr);
                var found = new ArrayList<Integer>();
                for (int i = 0; i < attr.getInt(24); i++) {
                    found.add(ids.getInt(i * 4L));
                }
                return found;
            }
        }

        private static void detach(Fd directory, int id) {
            try (Memory attr = attr()) {
                attr.setInt(0, id);
                try (Fd program = Fd.own((int) bpf(PROG_GET_FD_BY_ID, attr))) {
                    change(PROG_DETACH, directory, program, 0);
                }
            }
        }

        private static Memory attr() {
            var attr = new Memory(ATTR_BYTES);
            attr.clear();
            return attr;
        }

        /** SAFETY: the kernel accepts an attribute longer than it knows if the rest is zero; ours is cleared first. */
        private static long bpf(int command, Memory attr) {
            return CgroupNative.syscall(SYS_BPF, command, attr, ATTR_BYTES);
        }
    }
}

package dev.stowbook.linux.mount;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@link MountCalls} on the running kernel. Stateless. */
final class LinuxMountCalls implements MountCalls {
    static final LinuxMountCalls INSTANCE = new LinuxMountCalls();

    private static final int CLOEXEC = 1;
    private static final int SET_FLAG = 0;
    private static final int SET_STRING = 1;
    private static final int CMD_CREATE = 6;
    private static final int MOVE_MOUNT_F_EMPTY_PATH = 4;

    private LinuxMountCalls() {}

    private interface Call {
        long run() throws LastErrorException;
    }

    private static long run(String name, String target, Call call) throws LinuxException {
        try {
            return call.run();
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), name, target);
        }
    }

    // Raw paths (one character a byte) and ASCII words alike.
    private static byte[] terminated(String text) {
        return (text + "\0").getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public Fd openFileSystem(String type) throws LinuxException {
        return Fd.own((int) run("fsopen", type, () -> NativeMount.syscall(NativeMount.SYS_FSOPEN, terminated(type), CLOEXEC)));
    }

    @Override
    public void configure(Fd fileSystem, String key, String value) throws LinuxException {
        fsconfig(fileSystem, SET_STRING, key, value);
    }

    @Override
    public void configure(Fd fileSystem, String flag) throws LinuxException {
        fsconfig(fileSystem, SET_FLAG, flag, null);
    }

    @Override
    public void create(Fd fileSystem) throws LinuxException {
        fsconfig(fileSystem, CMD_CREATE, null, null);
    }

    private static void fsconfig(Fd fileSystem, int command, @Nullable String key, @Nullable String value)
            throws LinuxException {
        byte[] keyBytes = key == null ? null : terminated(key);
        byte[] valueBytes = value == null ? null : terminated(value);
        try {
            NativeMount.syscall(NativeMount.SYS_FSCONFIG, fileSystem.number(), command, keyBytes, valueBytes, 0);
        } catch (LastErrorException e) {
            String what = key == null ? "create" : value == null ? key : key + "=" + value;
            throw new LinuxException(e.getErrorCode(), "fsconfig", what + kernelWords(fileSystem));
        }
    }

    /** fsopen(2): messages of the context are read from it, one a read, such as {@code e overlay: ...}. */
    private static String kernelWords(Fd fileSystem) {
        byte[] buffer = new byte[1024];
        try {
            int length = (int) NativeMount.read(fileSystem.number(), buffer, buffer.length);
            return ": " + new String(buffer, 0, length, StandardCharsets.UTF_8).strip();
        } catch (LastErrorException e) {
            return ""; // ENODATA: the kernel had nothing to add
        }
    }

    @Override
    public Fd mount(Fd fileSystem, long attributes) throws LinuxException {
        return Fd.own((int) run("fsmount", "fd " + fileSystem.number(), () -> NativeMount.syscall(
                NativeMount.SYS_FSMOUNT, fileSystem.number(), CLOEXEC, attributes)));
    }

    @Override
    public Fd mountByOptions(String type, List<String> directories, Function<List<String>, String> options, String target)
            throws LinuxException {
        return OptionPage.mount(type, directories, options, target);
    }

    @Override
    public Fd openTree(int dirFd, String path, int flags) throws LinuxException {
        return Fd.own((int) run("open_tree", path, () -> NativeMount.syscall(
                NativeMount.SYS_OPEN_TREE, dirFd, terminated(path), flags | LibC.O_CLOEXEC)));
    }

    @Override
    public void setAttributes(Fd mount, long attributes) throws LinuxException {
        // SAFETY: struct mount_attr, four u64: attr_set, attr_clr, propagation, userns_fd.
        byte[] attr = new byte[32];
        ByteBuffer.wrap(attr).order(ByteOrder.LITTLE_ENDIAN).putLong(attributes);
        run("mount_setattr", "fd " + mount.number(), () -> NativeMount.syscall(
                NativeMount.SYS_MOUNT_SETATTR, mount.number(), terminated(""), LibC.AT_EMPTY_PATH, attr, attr.length));
    }

    @Override
    public void attach(Fd mount, String target) throws LinuxException {
        run("move_mount", target, () -> NativeMount.syscall(
                NativeMount.SYS_MOVE_MOUNT,
                mount.number(),
                terminated(""),
                LibC.AT_FDCWD,
                terminated(target),
                MOVE_MOUNT_F_EMPTY_PATH));
    }

    @Override
    public void unmount(String target, int flags) throws LinuxException {
        run("umount2", target, () -> NativeMount.umount2(terminated(target), flags));
    }
}

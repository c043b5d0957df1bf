package dev.stowbook.linux.cgroup;

import com.sun.jna.LastErrorException;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@link CgroupFiles} on the kernel. */
final class NativeCgroupFiles implements CgroupFiles {
    static final NativeCgroupFiles INSTANCE = new NativeCgroupFiles();
    private static final int PAGE = 4096;
    private static final int SHOWN_BYTES = 100;

    private NativeCgroupFiles() {}

    @Override
    public String read(Path file) throws LinuxException {
        try (var fd = open(file, LibC.O_RDONLY)) {
            byte[] page = new byte[PAGE];
            // Nearly every cgroup file fits one read; the second read only finds the end.
            var content = new ByteArrayOutputStream(PAGE);
            while (true) {
                int count = (int) LibC.read(fd.number(), page, page.length);
                if (count <= 0) {
                    return withoutLastLineFeed(content.toString(StandardCharsets.UTF_8));
                }
                content.write(page, 0, count);
            }
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "read", file.toString());
        }
    }

    private static String withoutLastLineFeed(String content) {
        return content.endsWith("\n") ? content.substring(0, content.length() - 1) : content;
    }

    @Override
    public void write(Path file, List<String> values) throws LinuxException {
        String current = values.getFirst();
        try (var fd = open(file, LibC.O_WRONLY)) {
            for (String value : values) {
                current = value;
                byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                long written = LibC.write(fd.number(), bytes, bytes.length);
                if (written != bytes.length) {
                    throw new LinuxException(Errno.EIO, writeOf(value) + " took only " + written + " bytes", file.toString());
                }
            }
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), writeOf(current), file.toString());
        } catch (LinuxException e) {
            throw e.call().equals("open") ? new LinuxException(e.errno(), "open for " + writeOf(current), e.target()) : e;
        }
    }

    private static String writeOf(String value) {
        String shown = value.length() <= SHOWN_BYTES ? value : value.substring(0, SHOWN_BYTES) + "...";
        return "write \"" + shown.replace("\n", "\\n") + "\"";
    }

    @Override
    public void makeDirectory(Path directory) throws LinuxException {
        try {
            CgroupNative.mkdir(directory.toString(), 0755);
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "mkdir", directory.toString());
        }
    }

    @Override
    public void removeDirectory(Path directory) throws LinuxException {
        try {
            CgroupNative.rmdir(directory.toString());
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "rmdir", directory.toString());
        }
    }

    @Override
    public boolean exists(Path path) {
        return CgroupNative.access(path.toString(), 0) == 0;
    }

    @Override
    public List<String> childDirectories(Path directory) throws LinuxException {
        var names = new ArrayList<String>();
        if (hasNoChildren(directory)) {
            return names;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    names.add(String.valueOf(entry.getFileName()));
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            throw new LinuxException(Errno.EIO, "readdir", directory.toString());
        }
        names.sort(null);
        return names;
    }

    /**
     * A directory's link count is 2 and one for each directory in it, on kernfs as on ext4: one system call instead of looking at
     * each of a group's thirty files. Any other count, as on btrfs, means to look.
     */
    private static boolean hasNoChildren(Path directory) {
        try {
            return Files.getAttribute(directory, "unix:nlink") instanceof Integer links && links == 2;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void mark(Path directory, String name) throws LinuxException {
        byte[] one = {'1'};
        try {
            CgroupNative.setxattr(directory.toString(), "trusted." + name, one, one.length, 0);
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "setxattr trusted." + name, directory.toString());
        }
    }

    @Override
    public boolean isMarked(Path directory, String name) throws LinuxException {
        byte[] value = new byte[1];
        try {
            return CgroupNative.getxattr(directory.toString(), "trusted." + name, value, value.length) == 1;
        } catch (LastErrorException e) {
            if (e.getErrorCode() == Errno.ENODATA || e.getErrorCode() == Errno.ENOENT) {
                return false;
            }
            throw new LinuxException(e.getErrorCode(), "getxattr trusted." + name, directory.toString());
        }
    }

    private static Fd open(Path file, int flags) throws LinuxException {
        try {
            return Fd.own(LibC.open(file.toString(), flags | LibC.O_CLOEXEC, 0));
        } catch (LastErrorException e) {
            throw new LinuxException(e.getErrorCode(), "open", file.toString());
        }
    }
}

package dev.stowbook.supervisor.cli;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Extended attributes that go into a tar with their files, as {@code tar --xattrs} writes them: {@code SCHILY.xattr.} records of a pax header. */
enum FileMarks {
    NONE(name -> false),
    /** What a program may do (capabilities(7), "File capabilities"): without it, it is another program. */
    CAPABILITIES("security.capability"::equals),
    /** And what people noted on their files. */
    OF_USERS(name -> name.equals("security.capability") || name.startsWith("user."));

    private final Predicate<String> taken;

    FileMarks(Predicate<String> taken) {
        this.taken = taken;
    }

    /** Writes those of a file or directory before its entry; nothing if it has none. */
    void put(Path path, String name, TarArchiveOutputStream tar) throws IOException {
        byte[] records = this == NONE ? new byte[0] : records(path);
        if (records.length > 0) {
            // Beside the header that the library writes itself: its values are text, and these are bytes.
            TarArchiveEntry header = new TarArchiveEntry("PaxHeaders/" + name.substring(name.lastIndexOf('/') + 1), TarConstants.LF_PAX_EXTENDED_HEADER_LC);
            header.setSize(records.length);
            tar.putArchiveEntry(header);
            tar.write(records);
            tar.closeArchiveEntry();
        }
    }

    private byte[] records(Path path) throws IOException {
        FileCalls files = FileCalls.linux();
        String raw = RawPath.of(path);
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        try {
            for (String name : files.xattrNames(LibC.AT_FDCWD, raw)) {
                Optional<byte[]> value = taken.test(name) ? files.xattr(LibC.AT_FDCWD, raw, name) : Optional.empty();
                value.ifPresent(bytes -> record("SCHILY.xattr." + name, bytes, records));
            }
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT) { // gone meanwhile, which is told where it is read
                throw new IOException(e.getMessage(), e);
            }
        }
        return records.toByteArray();
    }

    /** {@code length key=value\n}, the length counting itself (POSIX.1-2017 pax, "pax Extended Header"). */
    private static void record(String key, byte[] value, ByteArrayOutputStream to) {
        byte[] start = (" " + key + "=").getBytes(StandardCharsets.UTF_8);
        int rest = start.length + value.length + 1;
        int length = rest + String.valueOf(rest).length();
        length = rest + String.valueOf(length).length();
        to.writeBytes(String.valueOf(length).getBytes(StandardCharsets.US_ASCII));
        to.writeBytes(start);
        to.writeBytes(value);
        to.write('\n');
    }
}

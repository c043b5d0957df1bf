package dev.stowbook.supervisor.e2e;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** A root file system as a tar: the host's static busybox and links to it. */
final class BusyboxTar {
    private static final List<String> APPLETS = List.of(
            "sh", "sleep", "echo", "cat", "ls", "ps", "id", "true", "false", "hostname", "ip", "wget", "httpd", "kill",
            "touch", "mkdir", "rm", "mount", "umount", "chroot", "dd", "head", "tail", "grep", "sed", "env", "pwd", "nc",
            "seq", "test", "mknod", "readlink", "stat", "uname", "unshare", "top", "date", "yes", "od", "ping", "chown",
            "chmod", "ln", "find", "wc", "awk", "tr", "cut", "stty", "tty", "usleep", "ipcs", "nproc", "sync", "printf");

    private BusyboxTar() {}

    /** What a test puts into the tar besides. */
    interface More {
        void into(TarArchiveOutputStream tar) throws IOException;
    }

    static byte[] bytes() throws IOException {
        return with(tar -> {});
    }

    static byte[] with(More more) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            for (String directory : List.of("bin/", "etc/", "proc/", "sys/", "dev/", "tmp/", "root/", "www/")) {
                TarArchiveEntry entry = new TarArchiveEntry(directory);
                entry.setMode(directory.equals("tmp/") ? 041777 : 040755);
                tar.putArchiveEntry(entry);
                tar.closeArchiveEntry();
            }
            file(tar, "bin/busybox", Files.readAllBytes(Path.of("/bin/busybox")), 0100755);
            file(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nwww:x:33:33:www:/www:/bin/sh\n".getBytes(StandardCharsets.UTF_8), 0100644);
            file(tar, "etc/group", "root:x:0:\nwww:x:33:\nextra:x:44:www\n".getBytes(StandardCharsets.UTF_8), 0100644);
            file(tar, "www/index.html", "hello from the book\n".getBytes(StandardCharsets.UTF_8), 0100644);
            for (String applet : APPLETS) {
                TarArchiveEntry link = new TarArchiveEntry("bin/" + applet, TarConstants.LF_SYMLINK);
                link.setLinkName("busybox");
                tar.putArchiveEntry(link);
                tar.closeArchiveEntry();
            }
            more.into(tar);
        }
        return bytes.toByteArray();
    }

    static void file(TarArchiveOutputStream tar, String name, byte[] content, int mode) throws IOException {
        file(tar, new TarArchiveEntry(name), content, mode);
    }

    static void file(TarArchiveOutputStream tar, TarArchiveEntry entry, byte[] content, int mode) throws IOException {
        entry.setSize(content.length);
        entry.setMode(mode);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }
}

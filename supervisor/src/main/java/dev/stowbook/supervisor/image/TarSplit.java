package dev.stowbook.supervisor.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;

/** Reads what {@link TarSplitWriter} wrote, and puts a layer's tar together again with the files of a view of the layer. One thread. */
final class TarSplit {
    private static final long IN_ROOT = FileCalls.RESOLVE_IN_ROOT | FileCalls.RESOLVE_NO_MAGICLINKS;
    private static final String CONTENT = "{\"type\":1,";

    private final Path file;
    private final FileCalls files = FileCalls.linux();
    private final byte[] buffer = new byte[128 * 1024];

    TarSplit(Path file) {
        this.file = file;
    }

    /** A file's content in the tar. */
    private record Content(String path, long size, long crc) {
        static Content of(JsonNode line) throws IOException {
            String path = line.has("name")
                    ? RawPath.ofText(line.path("name").asText())
                    : RawPath.ofBytes(Base64.getDecoder().decode(line.path("name_raw").asText()));
            return new Content(path, line.path("size").asLong(), line.path("crc32c").asLong());
        }
    }

    private interface Visitor {
        void line(String line) throws IOException, LinuxException;
    }

    private void lines(Visitor visitor) throws IOException, LinuxException {
        try (InputStream in = Files.newInputStream(file);
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(new GZIPInputStream(in, 64 * 1024), StandardCharsets.UTF_8), 64 * 1024)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                visitor.line(line);
            }
        }
    }

    /**
     * Writes the tar.
     *
     * @param root the merged file system of the layer and those below it
     * @throws IOException if a file is not there any more or has another content, naming it; or of the stream
     */
    void assemble(Fd root, OutputStream out) throws IOException, LinuxException {
        lines(text -> {
            JsonNode line = Json.mapper().readTree(text);
            if (line.path("type").asInt() == 2) {
                out.write(Base64.getDecoder().decode(line.path("payload").asText()));
                return;
            }
            Content content = Content.of(line);
            Optional<Long> crc = copy(root, content, out);
            if (crc.isEmpty() || crc.get() != content.crc) {
                throw new IOException("the layer's file \"" + RawPath.display(content.path) + "\" is not what it was when the layer came: see 'stowbook fsck'");
            }
        });
    }

    /** How long the tar is. */
    long length() throws IOException, LinuxException {
        long[] length = {0};
        lines(text -> {
            if (text.startsWith(CONTENT)) {
                length[0] += Content.of(Json.mapper().readTree(text)).size;
            } else {
                int from = text.indexOf("\"payload\":\"") + 11;
                int to = text.indexOf('"', from);
                int pad = text.charAt(to - 2) == '=' ? 2 : text.charAt(to - 1) == '=' ? 1 : 0;
                length[0] += (to - from) / 4 * 3 - pad;
            }
        });
        return length[0];
    }

    /** The CRC of what was copied; empty if the file is not there or has another size. */
    private Optional<Long> copy(Fd root, Content content, OutputStream out) throws IOException, LinuxException {
        Optional<Fd> found = find(root, content.path);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (Fd fd = found.get()) {
            FileStatus status = files.status(fd.number());
            if (!status.isRegular() || status.sizeBytes() != content.size) {
                return Optional.empty();
            }
            CRC32C crc = new CRC32C();
            try (InputStream in = new FileInputStream(fd.procPath())) {
                for (int got; (got = in.read(buffer)) > 0; ) {
                    crc.update(buffer, 0, got);
                    out.write(buffer, 0, got);
                }
            }
            return Optional.of(crc.getValue());
        }
    }

    private Optional<Fd> find(Fd root, String path) throws LinuxException {
        try {
            return Optional.of(files.open(root.number(), path, LibC.O_PATH, 0, IN_ROOT));
        } catch (LinuxException e) {
            return switch (e.errno()) {
                case Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.EACCES -> Optional.empty();
                default -> throw e;
            };
        }
    }

    /**
     * Whether each content seems to have a file of its own: a quick look at names, sizes and inodes, which finds tars that have a file twice or
     * delete one of their own.
     */
    boolean seemsWhole(Fd root) throws IOException, LinuxException {
        boolean[] whole = {true};
        Set<Long> inodes = new HashSet<>();
        lines(text -> {
            if (whole[0] && text.startsWith(CONTENT)) {
                Content content = Content.of(Json.mapper().readTree(text));
                Optional<Fd> found = find(root, content.path);
                if (found.isEmpty()) {
                    whole[0] = false;
                    return;
                }
                try (Fd fd = found.get()) {
                    FileStatus status = files.status(fd.number());
                    whole[0] = status.isRegular() && status.sizeBytes() == content.size && inodes.add(status.inode());
                }
            }
        });
        return whole[0];
    }

    /** The numbers, from 0, of contents that no file has. Reads all of them. */
    Set<Long> missing(Fd root) throws IOException, LinuxException {
        Set<Long> missing = new HashSet<>();
        long[] number = {0};
        lines(text -> {
            if (text.startsWith(CONTENT)) {
                Content content = Content.of(Json.mapper().readTree(text));
                Optional<Long> crc = copy(root, content, OutputStream.nullOutputStream());
                if (crc.isEmpty() || crc.get() != content.crc) {
                    missing.add(number[0]);
                }
                number[0]++;
            }
        });
        return missing;
    }
}

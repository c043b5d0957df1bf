package dev.stowbook.linux.layer;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.RawPath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a tar as a stream: ustar headers, and pax records where a field is too small. The same members give the same bytes. Not safe
 * for two threads.
 */
public final class TarWriter {
    private static final int BLOCK = 512;

    private final OutputStream out;
    private final byte[] buffer = new byte[128 * 1024];
    private long dataLeft;
    private int padding;

    public TarWriter(OutputStream out) {
        this.out = out;
    }

    /** Writes a member's header; its {@code sizeBytes} of data follow by {@link #write}. */
    public void begin(TarEntry entry) throws IOException {
        if (dataLeft != 0) {
            throw new IllegalStateException(dataLeft + " bytes of the member before are missing");
        }
        TreeMap<String, byte[]> pax = new TreeMap<>();
        byte[] block = header(entry, pax);
        if (!pax.isEmpty()) {
            byte[] records = records(pax);
            byte[] paxBlock = plainHeader("PaxHeaders/" + RawPath.name(entry.path()), 'x', records.length);
            out.write(paxBlock);
            out.write(records);
            out.write(new byte[(BLOCK - records.length % BLOCK) % BLOCK]);
        }
        out.write(block);
        dataLeft = entry.sizeBytes();
        padding = (int) ((BLOCK - dataLeft % BLOCK) % BLOCK);
    }

    /** Writes data of the member begun last. */
    public void write(byte[] buffer, int length) throws IOException {
        if (length > dataLeft) {
            throw new IllegalArgumentException(length - dataLeft + " bytes more than the member's size");
        }
        out.write(buffer, 0, length);
        dataLeft -= length;
        if (dataLeft == 0) {
            out.write(new byte[padding]);
        }
    }

    /** Writes all data of the member begun last from a file. One that has shrunk is filled up with zeros, one that has grown is cut. */
    void writeAll(FileCalls files, int fd) throws IOException, LinuxException {
        while (dataLeft > 0) {
            int wanted = (int) Math.min(dataLeft, buffer.length);
            int got = files.read(fd, buffer, wanted);
            if (got == 0) {
                Arrays.fill(buffer, 0, wanted, (byte) 0);
                got = wanted;
            }
            write(buffer, got);
        }
    }

    /** Writes the end mark. Does not close the stream. */
    public void finish() throws IOException {
        out.write(new byte[2 * BLOCK]);
    }

    private static byte[] header(TarEntry entry, Map<String, byte[]> pax) {
        byte[] block = new byte[BLOCK];
        String path = entry.kind() == TarEntry.Kind.DIRECTORY && !entry.path().endsWith("/") ? entry.path() + "/" : entry.path();
        text(block, 0, 100, path, "path", pax);
        number(block, 100, 8, entry.permissions(), "mode", pax);
        number(block, 108, 8, entry.uid() & 0xffffffffL, "uid", pax);
        number(block, 116, 8, entry.gid() & 0xffffffffL, "gid", pax);
        number(block, 124, 12, entry.sizeBytes(), "size", pax);
        time(block, entry, pax);
        block[156] = (byte) type(entry.kind());
        text(block, 157, 100, entry.linkTarget(), "linkpath", pax);
        number(block, 329, 8, entry.devMajor(), "SCHILY.devmajor", pax);
        number(block, 337, 8, entry.devMinor(), "SCHILY.devminor", pax);
        entry.xattrs().forEach((name, value) -> pax.put("SCHILY.xattr." + name, value));
        return sealed(block);
    }

    private static char type(TarEntry.Kind kind) {
        return switch (kind) {
            case FILE -> '0';
            case HARD_LINK -> '1';
            case SYMLINK -> '2';
            case CHARACTER_DEVICE -> '3';
            case BLOCK_DEVICE -> '4';
            case DIRECTORY -> '5';
            case FIFO -> '6';
        };
    }

    private static byte[] plainHeader(String name, char type, long size) {
        byte[] block = new byte[BLOCK];
        byte[] bytes = RawPath.bytes(name);
        System.arraycopy(bytes, 0, block, 0, Math.min(bytes.length, 99));
        TarNumbers.write(block, 100, 8, 0644);
        TarNumbers.write(block, 108, 8, 0);
        TarNumbers.write(block, 116, 8, 0);
        TarNumbers.write(block, 124, 12, size);
        TarNumbers.write(block, 136, 12, 0);
        block[156] = (byte) type;
        return sealed(block);
    }

    private static byte[] sealed(byte[] block) {
        System.arraycopy("ustar\00000".getBytes(StandardCharsets.US_ASCII), 0, block, 257, 8);
        Arrays.fill(block, 148, 156, (byte) ' ');
        long sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        TarNumbers.write(block, 148, 7, sum);
        return block;
    }

    private static void text(byte[] block, int offset, int length, String raw, String key, Map<String, byte[]> pax) {
        byte[] bytes = RawPath.bytes(raw);
        System.arraycopy(bytes, 0, block, offset, Math.min(bytes.length, length));
        if (bytes.length > length) {
            pax.put(key, bytes);
        }
    }

    private static void number(byte[] block, int offset, int length, long value, String key, Map<String, byte[]> pax) {
        if (!TarNumbers.write(block, offset, length, value)) {
            TarNumbers.write(block, offset, length, 0);
            pax.put(key, Long.toString(value).getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void time(byte[] block, TarEntry entry, Map<String, byte[]> pax) {
        boolean fits = TarNumbers.write(block, 136, 12, entry.mtimeSeconds());
        if (!fits || entry.mtimeNanos() != 0) {
            if (!fits) {
                TarNumbers.write(block, 136, 12, 0);
            }
            String exact = new BigDecimal(entry.mtimeSeconds())
                    .add(BigDecimal.valueOf(entry.mtimeNanos(), 9))
                    .stripTrailingZeros()
                    .toPlainString();
            pax.put("mtime", exact.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static byte[] records(Map<String, byte[]> pax) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        pax.forEach((key, value) -> {
            int body = key.length() + value.length + 3;
            int length = body + Integer.toString(body).length();
            length = body + Integer.toString(length).length(); // the length counts its own digits
            records.writeBytes(RawPath.bytes(length + " " + key + "="));
            records.writeBytes(value);
            records.write('\n');
        });
        return records.toByteArray();
    }
}

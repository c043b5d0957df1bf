package dev.stowbook.testkit.graph;

import dev.stowbook.testkit.Self;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Puts tars together byte by byte, honest and hostile ones alike; knows nothing of the code under test. Paths longer than a header's field go
 * into a pax record. Without root, all members belong to the user that runs the test: only root gives files away. Not safe for two threads.
 */
public final class TarBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Map<String, byte[]> pax = new LinkedHashMap<>();
    private int uid = Self.uid();
    private int gid = Self.gid();
    private long mtime = 1_000_000_000L;

    /** The owner of the members that follow; as it is without root. */
    public TarBytes owner(int newUid, int newGid) {
        if (Self.isRoot()) {
            uid = newUid;
            gid = newGid;
        }
        return this;
    }

    /** What a member with that owner has in a {@link TreeListing}. */
    public static String owned(int uid, int gid) {
        return Self.isRoot() ? uid + ":" + gid : Self.uid() + ":" + Self.gid();
    }

    /** The modification time of the members that follow, seconds since the epoch. */
    public TarBytes mtime(long seconds) {
        mtime = seconds;
        return this;
    }

    /** A pax record for the next member. */
    public TarBytes pax(String key, String value) {
        return pax(key, value.getBytes(StandardCharsets.UTF_8));
    }

    /** A pax record for the next member. */
    public TarBytes pax(String key, byte[] value) {
        pax.put(key, value);
        return this;
    }

    /** An extended attribute of the next member. */
    public TarBytes xattr(String name, byte[] value) {
        return pax("SCHILY.xattr." + name, value);
    }

    public TarBytes directory(String path, int mode) {
        return member('5', path, mode, "", new byte[0], 0, 0);
    }

    public TarBytes file(String path, int mode, String content) {
        return file(path, mode, content.getBytes(StandardCharsets.UTF_8));
    }

    public TarBytes file(String path, int mode, byte[] content) {
        return member('0', path, mode, "", content, 0, 0);
    }

    public TarBytes symlink(String path, String target) {
        return member('2', path, 0777, target, new byte[0], 0, 0);
    }

    public TarBytes hardLink(String path, String target) {
        return member('1', path, 0644, target, new byte[0], 0, 0);
    }

    public TarBytes characterDevice(String path, int major, int minor) {
        return member('3', path, 0666, "", new byte[0], major, minor);
    }

    public TarBytes blockDevice(String path, int major, int minor) {
        return member('4', path, 0660, "", new byte[0], major, minor);
    }

    public TarBytes fifo(String path) {
        return member('6', path, 0600, "", new byte[0], 0, 0);
    }

    /** Says that a lower path is deleted. */
    public TarBytes whiteout(String path) {
        int slash = path.lastIndexOf('/') + 1;
        return file(path.substring(0, slash) + ".wh." + path.substring(slash), 0, "");
    }

    /** Says that a directory hides what lies below it. */
    public TarBytes opaque(String directory) {
        return file(directory + "/.wh..wh..opq", 0, "");
    }

    /** Any member at all. */
    public TarBytes member(char type, String path, int mode, String link, byte[] data, int major, int minor) {
        byte[] name = path.getBytes(StandardCharsets.UTF_8);
        byte[] target = link.getBytes(StandardCharsets.UTF_8);
        if (name.length > 100) {
            pax.putIfAbsent("path", name);
        }
        if (target.length > 100) {
            pax.putIfAbsent("linkpath", target);
        }
        if (!pax.isEmpty()) {
            ByteArrayOutputStream records = new ByteArrayOutputStream();
            pax.forEach((key, value) -> records.writeBytes(record(key, value)));
            pax.clear();
            block('x', "PaxHeader".getBytes(StandardCharsets.UTF_8), 0644, new byte[0], records.toByteArray(), 0, 0);
        }
        block(type, name, mode, target, data, major, minor);
        return this;
    }

    /** Bytes as they are. */
    public TarBytes raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    private void block(char type, byte[] name, int mode, byte[] link, byte[] data, int major, int minor) {
        byte[] header = new byte[512];
        put(header, 0, name, 100);
        octal(header, 100, 8, mode);
        octal(header, 108, 8, uid);
        octal(header, 116, 8, gid);
        octal(header, 124, 12, data.length);
        octal(header, 136, 12, mtime);
        header[156] = (byte) type;
        put(header, 157, link, 100);
        put(header, 257, "ustar\00000".getBytes(StandardCharsets.US_ASCII), 8);
        octal(header, 329, 8, major);
        octal(header, 337, 8, minor);
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        octal(header, 148, 7, sum);
        out.writeBytes(header);
        out.writeBytes(data);
        out.writeBytes(new byte[(512 - data.length % 512) % 512]);
    }

    private static void put(byte[] header, int offset, byte[] value, int length) {
        System.arraycopy(value, 0, header, offset, Math.min(value.length, length));
    }

    private static void octal(byte[] header, int offset, int length, long value) {
        put(header, offset, String.format("%0" + (length - 1) + "o", value).getBytes(StandardCharsets.US_ASCII), length - 1);
    }

    private static byte[] record(String key, byte[] value) {
        int length = key.length() + value.length + 3;
        int digits = Integer.toString(length).length();
        if (Integer.toString(length + digits).length() > digits) {
            digits++;
        }
        ByteArrayOutputStream record = new ByteArrayOutputStream();
        record.writeBytes((length + digits + " " + key + "=").getBytes(StandardCharsets.UTF_8));
        record.writeBytes(value);
        record.write('\n');
        return record.toByteArray();
    }

    /** The tar with its end mark. */
    public byte[] bytes() {
        byte[] members = out.toByteArray();
        return Arrays.copyOf(members, members.length + 1024);
    }
}

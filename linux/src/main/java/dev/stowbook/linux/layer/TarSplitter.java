package dev.stowbook.linux.layer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.util.Arrays;

/**
 * Tells the contents of files in a tar from all else while the tar passes by, so that the tar can be put together again bit for bit from the
 * unpacked files and what is left: headers, padding, the end mark and whatever follows it. Data of sparse files counts as what is left, since
 * a file system does not know how it was cut up.
 *
 * <p>It refuses nothing: where it cannot follow a damaged tar, all the rest is what is left. Not safe for two threads.
 *
 * <p>The idea is that of tar-split (vbatts/tar-split), by which Docker keeps layers.
 */
public final class TarSplitter {
    private static final int BLOCK = 512;
    /** More than the reader takes, so that it is the reader who refuses. */
    private static final int MAX_GROUP_BYTES = 4 << 20;

    /** Takes the parts, in the tar's order. An exception from it comes out of {@link #accept}. */
    public interface Parts {
        /**
         * A member's headers have passed; its data comes next. Of a sparse file the entry's size is the stored one.
         *
         * @param fileBytes how large it will be unpacked, holes included
         */
        void entry(TarEntry entry, long fileBytes) throws IOException;

        /** Bytes that are no file's content. */
        void left(byte[] bytes, int offset, int length) throws IOException;

        /** Bytes of the content of the file that was the last entry; a sparse file's data is never told here. */
        void content(byte[] bytes, int offset, int length) throws IOException;
    }

    private enum Place {
        /** In a header block, or the data of one that belongs to the next member. */
        HEADER,
        /** In a regular file's data. */
        CONTENT,
        /** In other data and padding. */
        OTHER,
        /** Behind the end mark, or behind damage. */
        REST
    }

    private final Parts parts;
    /** Bytes that can be looked at while they grow. */
    private static final class Group extends ByteArrayOutputStream {
        byte[] block(int at) {
            return Arrays.copyOfRange(buf, at, at + BLOCK);
        }

        byte at(int index) {
            return buf[index];
        }

        void copyTo(ByteArrayOutputStream other, int from) {
            other.write(buf, from, count - from);
        }
    }

    private final Group group = new Group();
    private final ByteArrayOutputStream global = new ByteArrayOutputStream();
    private Place place = Place.HEADER;
    private int wanted = BLOCK;
    private int blockAt;
    private boolean extensionFollows;
    private long contentLeft;
    private long otherLeft;

    public TarSplitter(Parts parts) {
        this.parts = parts;
    }

    /** The next bytes of the tar. @throws IOException what the parts throw */
    public void accept(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            int count = switch (place) {
                case HEADER -> header(bytes, at, end - at);
                case CONTENT -> content(bytes, at, end - at);
                case OTHER -> other(bytes, at, end - at);
                case REST -> {
                    parts.left(bytes, at, end - at);
                    yield end - at;
                }
            };
            at += count;
        }
    }

    private int content(byte[] bytes, int at, int available) throws IOException {
        int count = (int) Math.min(available, contentLeft);
        parts.content(bytes, at, count);
        contentLeft -= count;
        if (contentLeft == 0) {
            place = otherLeft > 0 ? Place.OTHER : Place.HEADER;
        }
        return count;
    }

    private int other(byte[] bytes, int at, int available) throws IOException {
        int count = (int) Math.min(available, otherLeft);
        parts.left(bytes, at, count);
        otherLeft -= count;
        if (otherLeft == 0) {
            place = Place.HEADER;
        }
        return count;
    }

    /** Collects headers up to the one that is a member's own. They pass at once; a copy stays until the member is known. */
    private int header(byte[] bytes, int at, int available) throws IOException {
        int count = Math.min(available, wanted);
        parts.left(bytes, at, count);
        group.write(bytes, at, count);
        wanted -= count;
        if (wanted == 0) {
            step();
        }
        return count;
    }

    private void step() throws IOException {
        if (group.size() > MAX_GROUP_BYTES) {
            giveUp();
            return;
        }
        if (extensionFollows) {
            extensionFollows = group.at(group.size() - BLOCK + 504) == 1;
            wanted = BLOCK;
            if (!extensionFollows) {
                begin();
            }
            return;
        }
        byte[] block = group.block(blockAt);
        long size;
        try {
            size = TarNumbers.read(block, 124, 12, "size");
        } catch (LayerException e) {
            size = -1;
        }
        char type = (char) (block[156] & 0xff);
        if (size < 0 || !TarNumbers.checksumMatches(block)) {
            giveUp(); // the end mark, or damage
        } else if (type == 'x' || type == 'X' || type == 'g' || type == 'L' || type == 'K') {
            extended(type, size);
        } else {
            extensionFollows = type == 'S' && block[482] == 1;
            wanted = BLOCK;
            if (!extensionFollows) {
                begin();
            }
        }
    }

    private void giveUp() {
        place = Place.REST;
        group.reset();
    }

    /** A header about the next member: its data belongs to the group, and then comes another header. */
    private void extended(char type, long size) {
        int dataAt = blockAt + BLOCK;
        long padded = (size + BLOCK - 1) / BLOCK * BLOCK;
        if (group.size() == dataAt && padded > 0) {
            if (group.size() + padded > MAX_GROUP_BYTES || padded < 0) {
                giveUp();
                return;
            }
            wanted = (int) padded;
            return;
        }
        if (type == 'g' && global.size() < MAX_GROUP_BYTES) {
            group.copyTo(global, blockAt);
        }
        blockAt = group.size();
        wanted = BLOCK;
    }

    /** The member's headers are whole: what they say is what the reader that unpacks it reads in them. */
    private void begin() throws IOException {
        byte[] all = group.toByteArray();
        group.reset();
        blockAt = 0;
        byte[] before = global.toByteArray();
        TarReader reader = TarReader.ofHeaders(new SequenceInputStream(new ByteArrayInputStream(before), new ByteArrayInputStream(all)));
        TarEntry entry;
        try {
            entry = reader.next().orElseThrow(() -> new LayerException("no header"));
        } catch (LayerException e) {
            giveUp(); // who unpacks it will say what is wrong
            return;
        }
        long padding = (BLOCK - reader.storedBytes() % BLOCK) % BLOCK;
        boolean plain = entry.kind() == TarEntry.Kind.FILE && !reader.isSparse();
        contentLeft = plain ? reader.storedBytes() : 0;
        otherLeft = plain ? padding : reader.storedBytes() + padding;
        place = contentLeft > 0 ? Place.CONTENT : otherLeft > 0 ? Place.OTHER : Place.HEADER;
        parts.entry(entry, reader.fileBytes());
    }
}

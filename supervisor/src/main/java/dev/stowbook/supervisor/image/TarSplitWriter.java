package dev.stowbook.supervisor.image;

import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.linux.layer.TarSplitter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.LongPredicate;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Writes {@code tar-split.json.gz}: what a layer's tar has beside its files' contents, and where those go. The lines are tar-split's (vbatts/tar-split,
 * {@code tar/storage}): type 2 holds bytes of the tar as they are, type 1 stands for a file's content, except that a content's check is a CRC-32C
 * of its own field. One tar, one thread.
 */
final class TarSplitWriter implements TarSplitter.Parts, AutoCloseable {
    private static final int SEGMENT_BYTES = 24 * 1024;

    private final OutputStream out;
    private final LongPredicate inline;
    private final byte[] segment = new byte[SEGMENT_BYTES];
    private final CRC32C crc = new CRC32C();
    private int segmentLength;
    private long position;
    private long files;
    private String path = "";
    private long contentLeft;
    private long contentSize;
    private boolean inlined;

    /**
     * @param inline the numbers, from 0, of files whose content is to be kept here as well, since the unpacked files do not have it
     */
    TarSplitWriter(OutputStream file, LongPredicate inline) throws IOException {
        this.inline = inline;
        this.out = new BufferedOutputStream(
                new GZIPOutputStream(file, 16 * 1024) {
                    {
                        def.setLevel(Deflater.BEST_SPEED);
                    }
                },
                16 * 1024);
    }

    @Override
    public void entry(TarEntry entry, long fileBytes) {
        path = entry.path();
        contentSize = entry.sizeBytes();
        contentLeft = 0;
    }

    @Override
    public void left(byte[] bytes, int offset, int length) throws IOException {
        for (int at = offset, left = length; left > 0; ) {
            int count = Math.min(left, SEGMENT_BYTES - segmentLength);
            System.arraycopy(bytes, at, segment, segmentLength, count);
            segmentLength += count;
            at += count;
            left -= count;
            if (segmentLength == SEGMENT_BYTES) {
                endSegment();
            }
        }
    }

    @Override
    public void content(byte[] bytes, int offset, int length) throws IOException {
        if (contentLeft == 0) {
            inlined = inline.test(files++);
            contentLeft = contentSize;
            crc.reset();
        }
        if (inlined) {
            left(bytes, offset, length);
        } else {
            crc.update(bytes, offset, length);
        }
        contentLeft -= length;
        if (contentLeft == 0 && !inlined) {
            endSegment();
            line("{\"type\":1," + name() + ",\"size\":" + contentSize + ",\"crc32c\":" + crc.getValue() + ",\"position\":" + position++ + "}\n");
        }
    }

    /** A name that is no UTF-8 cannot stand in JSON. */
    private String name() {
        byte[] bytes = RawPath.bytes(path);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return "\"name\":" + Json.mapper().getNodeFactory().textNode(text);
        } catch (CharacterCodingException e) {
            return "\"name_raw\":\"" + Base64.getEncoder().encodeToString(bytes) + "\"";
        }
    }

    private void endSegment() throws IOException {
        if (segmentLength > 0) {
            String payload = Base64.getEncoder().encodeToString(Arrays.copyOf(segment, segmentLength));
            segmentLength = 0;
            line("{\"type\":2,\"payload\":\"" + payload + "\",\"position\":" + position++ + "}\n");
        }
    }

    private void line(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The tar is over. */
    @Override
    public void close() throws IOException {
        endSegment();
        out.close();
    }
}

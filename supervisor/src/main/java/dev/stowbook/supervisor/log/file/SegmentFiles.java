package dev.stowbook.supervisor.log.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The files of a log: {@code segment-0000000001.frames} and so on. A position is the segment's number in the upper and the offset in
 * the lower 32 bits.
 */
final class SegmentFiles {
    /** Before each frame: its length, and the crc32c of these four bytes. */
    static final int RECORD_HEADER_BYTES = 8;

    private final Path directory;

    SegmentFiles(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    Path path(int number) {
        return directory.resolve("segment-%010d.frames".formatted(number));
    }

    boolean exists(int number) {
        return Files.exists(path(number));
    }

    /** The numbers of all segments, in order. */
    List<Integer> numbers() throws IOException {
        List<Integer> numbers = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "segment-*.frames")) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                numbers.add(Integer.parseInt(name.substring(8, name.length() - 7)));
            }
        }
        Collections.sort(numbers);
        return numbers;
    }

    /** Brings the directory's entries to the disk. */
    void forceDirectory() throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    static long position(int number, long offset) {
        return (long) number << 32 | offset;
    }

    static int number(long position) {
        return (int) (position >>> 32);
    }

    static long offset(long position) {
        return position & 0xFFFFFFFFL;
    }
}

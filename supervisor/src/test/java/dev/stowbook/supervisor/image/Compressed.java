package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Bytes as a program compresses them (Debian packages gzip, bzip2, xz-utils and zstd). */
public final class Compressed {
    /** Every program, as it is called without options. */
    public static final List<String> PROGRAMS = List.of("gzip", "bzip2", "xz", "zstd");

    private Compressed() {}

    public static byte[] by(String program, byte[] plain) throws Exception {
        return by(List.of(program), plain);
    }

    /** So that 64 MiB of memory are wanted to undo it: the most that xz takes unless it is told to take more. */
    public static byte[] strong(byte[] plain) throws Exception {
        return by(List.of("xz", "-9"), plain);
    }

    /** So that 256 MiB of memory are wanted to undo it. */
    public static byte[] large(byte[] plain) throws Exception {
        return by(List.of("xz", "--lzma2=preset=0,dict=256MiB"), plain);
    }

    static byte[] by(List<String> program, byte[] plain) throws Exception {
        List<String> command = new ArrayList<>(program);
        command.add("-c");
        Process process;
        try {
            process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException e) {
            throw new IOException("this test needs " + program.getFirst() + ": apt-get install gzip bzip2 xz-utils zstd", e);
        }
        CompletableFuture<Void> fed = CompletableFuture.runAsync(() -> {
            try (OutputStream in = process.getOutputStream()) {
                in.write(plain);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        byte[] compressed = process.getInputStream().readAllBytes();
        fed.join();
        assertEquals(0, process.waitFor(), String.join(" ", command));
        return compressed;
    }
}

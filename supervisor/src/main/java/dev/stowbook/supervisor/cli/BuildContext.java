package dev.stowbook.supervisor.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What {@code build} sends.
 *
 * @param dockerfile what the daemon is to call the Dockerfile
 * @param body a tar
 */
record BuildContext(String dockerfile, RequestBody body) {
    /** What a Dockerfile is called on its way that is left out of the context, or lies outside of it. */
    static final String OUTSIDE = ".stowbook-dockerfile";

    private static final int HEAD_BYTES = 512;
    private static final int LONGEST_DOCKERFILE_BYTES = 1 << 20;

    /** As the command line names it: a directory, or {@code -}. */
    static BuildContext of(Session session, Upload upload) throws IOException {
        String context = session.arguments().operand(0);
        String file = session.arguments().option("file");
        if (context.equals("-")) {
            return input(session, file, upload);
        }
        if (!Files.isDirectory(Path.of(context))) {
            throw new Failure(ExitCode.FAILURE, "the context '" + context + "' is no directory.");
        }
        Path root = Path.of(context).toRealPath();
        if ("-".equals(file)) {
            return directory(session, root, IgnoreRules.of(root), dockerfile(session.environment().in()), upload);
        }
        Path found = file == null ? root.resolve("Dockerfile") : Files.exists(Path.of(file)) ? Path.of(file) : root.resolve(file);
        if (!Files.isRegularFile(found)) {
            throw new Failure(ExitCode.FAILURE, "there is no file '" + found + "': name the Dockerfile with -f.");
        }
        IgnoreRules rules = IgnoreRules.of(root, found);
        Path real = found.toRealPath();
        String name = real.startsWith(root) ? root.relativize(real).toString() : "";
        boolean sent = !name.isEmpty() && !rules.leavesOut(name);
        return sent ? directory(session, root, rules, name, null, upload) : directory(session, root, rules, Files.readAllBytes(real), upload);
    }

    private static BuildContext directory(Session session, Path root, IgnoreRules rules, byte[] dockerfile, Upload upload) {
        return directory(session, root, rules, OUTSIDE, dockerfile, upload);
    }

    private static BuildContext directory(
            Session session, Path root, IgnoreRules rules, String name, byte @Nullable [] dockerfile, Upload upload) {
        return new BuildContext(name, upload.body(out -> upload.leftOut(session, DirectoryTar.writeContext(root, rules, dockerfile, out))));
    }

    /** A tar, or a Dockerfile alone: what comes first tells. */
    private static BuildContext input(Session session, @Nullable String file, Upload upload) throws IOException {
        BufferedInputStream in = new BufferedInputStream(session.environment().in(), HEAD_BYTES);
        in.mark(HEAD_BYTES);
        byte[] head = in.readNBytes(HEAD_BYTES);
        in.reset();
        if (isArchive(head)) {
            return new BuildContext(file == null ? "Dockerfile" : file, upload.body(in::transferTo));
        }
        if (file != null) {
            throw new Failure(ExitCode.FAILURE, "standard input is no tar, so -f names nothing in it: give a tar of the context, or leave -f out.");
        }
        byte[] dockerfile = dockerfile(in);
        return new BuildContext(OUTSIDE, upload.body(out -> DirectoryTar.writeDockerfile(dockerfile, out)));
    }

    private static byte[] dockerfile(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(LONGEST_DOCKERFILE_BYTES + 1);
        if (bytes.length == 0) {
            throw new Failure(ExitCode.FAILURE, "nothing came on standard input: a Dockerfile or a tar of the context is wanted there.");
        }
        return bytes;
    }

    /** gzip (RFC 1952), zstd (RFC 8878), bzip2, xz, or a tar, whose blocks of 512 bytes are filled up with zeros (POSIX.1-2017 pax). */
    private static boolean isArchive(byte[] head) {
        if (begins(head, 0x1f, 0x8b) || begins(head, 0x28, 0xb5, 0x2f, 0xfd) || begins(head, 'B', 'Z', 'h') || begins(head, 0xfd, '7', 'z')) {
            return true;
        }
        boolean zero = false; // no text has zero bytes, every tar's header has
        for (byte each : head) {
            zero |= each == 0;
        }
        return head.length == HEAD_BYTES && zero;
    }

    private static boolean begins(byte[] head, int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if (i >= head.length || (head[i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}

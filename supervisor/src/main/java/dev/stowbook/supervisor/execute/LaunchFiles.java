package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.effect.Naming;
import dev.stowbook.supervisor.keeper.RootPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The files that the daemon writes for a container and binds into it: hosts(5), hostname(5), resolv.conf(5). What somebody changed
 * in one of them stays: beside each lies the hash of what the daemon wrote last, and a file that does not have it is left alone.
 */
final class LaunchFiles {
    private static final Path KERNEL_HOSTNAME = Path.of("/proc/sys/kernel/hostname");
    private static final Path HOST_RESOLVER = Path.of("/etc/resolv.conf");
    private static final String HASH = ".hash";

    private LaunchFiles() {}

    /** Writes them: they say what the book says. Lost at a power failure, they are written at the next start. */
    static List<RootPlan.MountPlan> write(Path directory, Effect.StartProcess start) throws IOException {
        boolean hosts = start.namespaces().spec().uts().host();
        Naming naming = hosts ? start.naming().withHostname(Files.readString(KERNEL_HOSTNAME).strip()) : start.naming();
        List<String> host = Files.isReadable(HOST_RESOLVER) ? Files.readAllLines(HOST_RESOLVER, StandardCharsets.ISO_8859_1) : List.of();
        return List.of(
                bind(directory.resolve("hosts"), NameFiles.hosts(naming), "/etc/hosts"),
                bind(directory.resolve("hostname"), naming.hostname() + "\n", "/etc/hostname"),
                bind(directory.resolve("resolv.conf"), NameFiles.resolver(naming, host), "/etc/resolv.conf"));
    }

    private static RootPlan.MountPlan bind(Path file, String content, String target) throws IOException {
        Path hash = file.resolveSibling(file.getFileName() + HASH);
        boolean untouched = !Files.exists(file)
                || !Files.exists(hash)
                || Files.readString(hash).equals(sha256(Files.readAllBytes(file)));
        if (untouched) {
            byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
            // A crash in between leaves a file without a hash, which counts as ours.
            Files.deleteIfExists(hash);
            Files.write(file, bytes);
            Files.writeString(hash, sha256(bytes));
        }
        return new RootPlan.MountPlan.Bind(file, target, false, false);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

package dev.stowbook.supervisor.trust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Keys and signatures by openssl(1), which knows nothing of this project. */
public final class OpenSsl {
    private final Path directory;
    private int files;

    /** @param directory where the keys lie */
    public OpenSsl(Path directory) {
        this.directory = directory;
    }

    /** Makes a pair of keys: {@code NAME.key}, {@code NAME.pub}. */
    public Path make(String name, String... genpkey) throws IOException, InterruptedException {
        Path key = directory.resolve(name + ".key");
        List<String> words = new ArrayList<>(List.of("genpkey", "-out", key.toString()));
        words.addAll(List.of(genpkey));
        run(words);
        run(List.of("pkey", "-in", key.toString(), "-pubout", "-out", publicKey(name).toString()));
        return publicKey(name);
    }

    /** A key on a curve. */
    public Path curve(String name, String curve) throws IOException, InterruptedException {
        return make(name, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve);
    }

    public Path publicKey(String name) {
        return directory.resolve(name + ".pub");
    }

    /** The fingerprint, by {@code sha256sum} over DER. */
    public String fingerprint(String name) throws IOException, InterruptedException {
        Path der = directory.resolve(name + ".der");
        run(List.of("pkey", "-pubin", "-in", publicKey(name).toString(), "-outform", "DER", "-out", der.toString()));
        Process sum = new ProcessBuilder("sha256sum", der.toString()).start();
        return "sha256:" + new String(sum.getInputStream().readAllBytes()).substring(0, 64);
    }

    /** Signs with a hash: {@code sha256}. */
    public byte[] sign(String name, String hash, byte[] message) throws IOException, InterruptedException {
        Path in = Files.write(directory.resolve("message" + files), message);
        Path out = directory.resolve("signature" + files++);
        run(List.of("dgst", "-" + hash, "-sign", directory.resolve(name + ".key").toString(), "-out", out.toString(), in.toString()));
        return Files.readAllBytes(out);
    }

    /** Signs the message itself, as Ed25519 does. */
    public byte[] signRaw(String name, byte[] message) throws IOException, InterruptedException {
        Path in = Files.write(directory.resolve("message" + files), message);
        Path out = directory.resolve("signature" + files++);
        run(List.of("pkeyutl", "-sign", "-rawin", "-inkey", directory.resolve(name + ".key").toString(), "-in", in.toString(), "-out", out.toString()));
        return Files.readAllBytes(out);
    }

    /** Runs openssl(1). */
    public static void run(List<String> words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(words);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(command + ": " + said);
        }
    }
}

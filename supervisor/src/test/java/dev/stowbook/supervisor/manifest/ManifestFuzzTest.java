package dev.stowbook.supervisor.manifest;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Mutated manifests are read or refused with places; nothing else ever happens. */
class ManifestFuzzTest {
    private static final int ROUNDS = "all".equals(System.getProperty("stowbook.tests")) ? 200_000 : 5_000;
    private static final String[] SCRAPS = {
        "*a", "&a ", "---\n", "...\n", "!!set ", "!x ", "? ", ": ", "- ", "\t", "\r", "|\n", ">-\n", "{", "}", "[", "]", "'", "\"", "\"\\u0000\"", "#", "%YAML 1.9\n", "@",
        "`", "<<: ", "null", "~", "yes", "0x7f", "1e999", "99999999999999999999", "-1", "\u0085", "\u2028", "\ufeff", "\ud83d\ude00", "name: name\n", "kind: Pod\n",
        "containers:\n", "  ", "\0", "stowbook.dev/pids: ", "$(A)", "9Ei", "spec: &a {a: *a}\n"
    };

    @Test
    void mutatedManifestsEndAsPodsOrAsErrorsWithPlaces() throws IOException {
        long seed = Long.getLong("stowbook.seed", System.nanoTime());
        System.out.println("ManifestFuzzTest: seed " + seed + ", rounds " + ROUNDS + " (-Dstowbook.seed=" + seed + " repeats it)");
        Random random = new Random(seed);
        List<byte[]> originals = new ArrayList<>();
        try (var files = Files.list(ManifestsTest.EXAMPLES)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
                originals.add(Files.readAllBytes(file));
            }
        }
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] mutated = mutate(originals.get(random.nextInt(originals.size())), random);
            try {
                accepted += verdict(mutated) ? 1 : 0;
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("seed " + seed + ", round " + round + ":\n" + new String(mutated, StandardCharsets.UTF_8), e);
            }
        }
        assertTrue(accepted > 0 && accepted < ROUNDS, accepted + " of " + ROUNDS + " accepted");
    }

    private static boolean verdict(byte[] manifest) {
        return switch (Manifests.read("f.yaml", manifest)) {
            case ManifestResult.Pods pods -> !pods.specs().isEmpty();
            case ManifestResult.Errors errors -> {
                int lines = lines(manifest);
                assertFalse(errors.errors().isEmpty());
                for (ManifestError error : errors.errors()) {
                    assertTrue(error.line() >= 1 && error.line() <= lines && error.column() >= 1 && error.column() <= manifest.length + 1, error::toString);
                    assertTrue(error.message().length() < 700 && error.message().indexOf('\n') < 0 && !error.message().isEmpty(), error::toString);
                }
                yield false;
            }
        };
    }

    /** Every break that YAML knows, so at least as many lines as any reader counts. */
    private static int lines(byte[] manifest) {
        String text = new String(manifest, StandardCharsets.UTF_8);
        return 1 + (int) text.chars().filter(c -> c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029).count();
    }

    private static byte[] mutate(byte[] original, Random random) {
        byte[] bytes = original.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            bytes = switch (random.nextInt(6)) {
                case 0 -> splice(bytes, at, 1, new byte[] {(byte) random.nextInt(256)});
                case 1 -> splice(bytes, at, random.nextInt(40), new byte[0]);
                case 2 -> splice(bytes, at, 0, SCRAPS[random.nextInt(SCRAPS.length)].getBytes(StandardCharsets.UTF_8));
                case 3 -> splice(bytes, at, 0, slice(original, random));
                case 4 -> splice(bytes, at, random.nextInt(10), SCRAPS[random.nextInt(SCRAPS.length)].getBytes(StandardCharsets.UTF_8));
                default -> splice(bytes, at, 1, new byte[] {(byte) (32 + random.nextInt(95))});
            };
            if (bytes.length == 0) {
                return bytes;
            }
        }
        return bytes;
    }

    private static byte[] slice(byte[] original, Random random) {
        int from = random.nextInt(original.length);
        return java.util.Arrays.copyOfRange(original, from, Math.min(original.length, from + random.nextInt(200)));
    }

    private static byte[] splice(byte[] bytes, int at, int remove, byte[] insert) {
        int end = Math.min(bytes.length, at + remove);
        byte[] out = new byte[bytes.length - (end - at) + insert.length];
        System.arraycopy(bytes, 0, out, 0, at);
        System.arraycopy(insert, 0, out, at, insert.length);
        System.arraycopy(bytes, end, out, at + insert.length, bytes.length - end);
        return out;
    }
}

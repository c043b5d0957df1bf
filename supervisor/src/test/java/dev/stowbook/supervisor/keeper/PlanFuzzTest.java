package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged launch plans in the keeper's parser, built with the sanitizers: {@code src/test/c/fuzz_plan.c}. */
class PlanFuzzTest {
    private static final Path REPOSITORY = Path.of(System.getProperty("stowbook.repository"));

    @Test
    void noDamageToAPlanMakesTheParserReadOrWriteWhereItShouldNot(@TempDir Path directory) throws Exception {
        long seed = Long.getLong("stowbook.seed", System.nanoTime());
        int rounds = "all".equals(System.getProperty("stowbook.tests")) ? 20_000_000 : 300_000;
        System.out.println("fuzzing plans, seed " + seed + ", rounds " + rounds);
        List<String> command = new ArrayList<>(List.of(
                REPOSITORY.resolve("supervisor/target/keeper-sanitized/fuzz-plan").toString(), Long.toString(seed), Integer.toString(rounds)));
        for (String plan : List.of("launch", "exec", "sandbox", "ports", "relay")) {
            String hex = Files.readString(REPOSITORY.resolve("supervisor/src/test/resources/keeper/" + plan + "-v1.hex"));
            command.add(Files.write(directory.resolve(plan), HexFormat.of().parseHex(hex.replaceAll("\\s", ""))).toString());
        }
        Path output = directory.resolve("output");
        Process fuzzer = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            assertTrue(fuzzer.waitFor(15, TimeUnit.MINUTES), "the fuzzer hangs: seed " + seed);
        } finally {
            fuzzer.destroyForcibly();
        }
        String said = Files.readString(output, StandardCharsets.UTF_8);
        assertEquals(0, fuzzer.exitValue(), "seed " + seed + ": " + said);
        // both kinds must have been met, else the fuzzer tries nothing
        assertTrue(said.matches("read [1-9]\\d{3,}, refused [1-9]\\d{4,}\\n"), said);
    }
}

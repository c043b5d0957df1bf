package dev.stowbook.supervisor.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.codec.EventCodec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The seed of a failure is in its message: run with {@code -Dstowbook.seed=N} to see it again. */
class SimulationTest {
    private final int rounds = "all".equals(System.getProperty("stowbook.tests")) ? 20_000 : 500;
    private final EventFormat format = new EventCodec();

    @Test
    void invariantsHoldWithACrashBetweenAnyTwoSteps() {
        long first = Long.getLong("stowbook.seed", new Random().nextLong(1L << 40));
        int count = System.getProperty("stowbook.seed") == null ? rounds : 1;
        System.out.println("simulation: " + count + " rounds, first seed " + first);
        int[] seen = new int[4];
        for (long seed = first; seed < first + count; seed++) {
            Simulation simulation = new Simulation(seed, weather(seed), format);
            try {
                simulation.run(SeededRun.STEPS);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
            seen[0] += simulation.crashes;
            seen[1] += simulation.powerLosses;
            seen[2] += simulation.crashesWhileReconciling;
            seen[3] += simulation.refusedByFullDisk;
        }
        System.out.printf(
                "simulation: %d crashes, %d of them of the power, %d while reconciling; %d refusals by a full disk%n",
                seen[0], seen[1], seen[2], seen[3]);
        if (count > 1) {
            assertTrue(Arrays.stream(seen).allMatch(times -> times > count / 20), "too easy: " + Arrays.toString(seen));
        }
    }

    static Simulation.Weather weather(long seed) {
        return new Simulation.Weather(
                seed % 5 == 0 ? 0.0 : seed % 5 * 0.004, seed % 3 == 0 ? 0.0 : 0.05, seed % 4 == 0 ? 0.001 : 0.0);
    }

    @Test
    void theSameSeedGivesTheSameBytesInEveryJvm() throws Exception {
        List<String> seeds = List.of("1", "2", "3", "4", "6", "7");
        List<String> expected = new ArrayList<>();
        for (String seed : seeds) {
            expected.add(seed + " " + SeededRun.digest(Long.parseLong(seed)));
        }
        for (int jvm = 0; jvm < 2; jvm++) {
            assertEquals(expected, inAnotherJvm(seeds));
        }
    }

    private static List<String> inAnotherJvm(List<String> seeds) throws IOException, InterruptedException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classPath, SeededRun.class.getName()));
        command.addAll(seeds);
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        List<String> lines = process.inputReader().lines().toList();
        assertEquals(0, process.waitFor());
        return lines;
    }
}

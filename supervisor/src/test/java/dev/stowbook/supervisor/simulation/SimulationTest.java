package dev.stowbook.supervisor.simulation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.log.EventFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The seed of a failure is in its message: run with {@code -Dstowbook.seed=N} to see it again. */
class SimulationTest {
    private static final int STEPS = 1500;
    private final int rounds = "all".equals(System.getProperty("stowbook.tests")) ? 20_000 : 400;
    private final EventFormat format = Formats.real();

    @Test
    void invariantsHoldWithACrashBetweenAnyTwoSteps() {
        long first = Long.getLong("stowbook.seed", new Random().nextLong(1L << 40));
        int count = System.getProperty("stowbook.seed") == null ? rounds : 1;
        System.out.println("simulation: " + count + " rounds, first seed " + first);
        int crashes = 0;
        for (long seed = first; seed < first + count; seed++) {
            Simulation simulation = new Simulation(seed, crashRate(seed), seed % 3 == 0 ? 0.0 : 0.05, format);
            try {
                simulation.run(STEPS);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
            crashes += simulation.crashes;
        }
        assertTrue(crashes > count / 2, "crashed only " + crashes + " times");
    }

    private static double crashRate(long seed) {
        return seed % 5 == 0 ? 0.0 : seed % 5 * 0.004;
    }

    @Test
    void theSameSeedGivesTheSameBytes() {
        for (long seed = 1; seed <= 10; seed++) {
            assertArrayEquals(
                    new Simulation(seed, 0.01, 0.05, format).run(STEPS),
                    new Simulation(seed, 0.01, 0.05, format).run(STEPS));
        }
    }
}

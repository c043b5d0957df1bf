package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.apply;
import static dev.stowbook.supervisor.decide.Manifests.container;
import static dev.stowbook.supervisor.decide.Manifests.pod;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What a decision costs does not grow with what is in the book, but for the depth of its trees. */
class ScaleTest extends DecisionTest {
    /** The processor's time: the others on this machine may work more in one half of the test than in the other. */
    private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

    @Test
    void aDecisionAmongTenThousandContainersCostsAboutWhatItCostsAmongAHundred() {
        given(DecisionSettings.defaults(), "10.0.0.0/8");
        fill(0, 100);
        exitsAndRestarts(2000);
        long few = exitsAndRestarts(2000);
        fill(100, 10_000);
        exitsAndRestarts(500);
        long many = exitsAndRestarts(2000);
        System.out.printf("median of an exit, its restart and its start: %d ns with 100 containers, %d ns with 10,000%n", few, many);
        assertTrue(many < 6 * few + 50_000, "it grew from " + few + " to " + many + " ns");
    }

    private void fill(int from, int to) {
        for (int i = from; i < to; i++) {
            book.when(apply(pod("p" + i, RestartPolicy.ALWAYS, container("c", "busybox"))));
            book.work();
        }
    }

    private long exitsAndRestarts(int times) {
        long[] took = new long[times];
        for (int i = 0; i < times; i++) {
            var container = book.container("p" + i % 100, 0);
            long begun = CLOCK.getCurrentThreadCpuTime();
            exits(container, 1);
            book.whenDue(TimerCommand.RestartDue.class);
            book.work();
            took[i] = CLOCK.getCurrentThreadCpuTime() - begun;
        }
        Arrays.sort(took);
        return took[times / 2];
    }
}

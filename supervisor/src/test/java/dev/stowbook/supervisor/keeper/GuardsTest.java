package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a container leaves in the way of those who enter it does them no harm, and what it starts passes nothing on. */
class GuardsTest extends ContainersTest {

    private Heard exec(Containers.Box box, Heard container, String... argv) throws Exception {
        LaunchPlan plan = box.plan();
        Path state = Files.createDirectory(containers.directory.resolve("exec"));
        Heard ears = new Heard();
        containers.remember(ears);
        ears.connection = containers.spawner.exec(
                new ExecPlan(plan.containerId() + "-exec", state, container.started().process(), ProcessPlan.of(argv), false, 2000, plan.cgroup(),
                        plan.keeperCgroup(), plan.privileges(), plan.users()),
                state.resolve("control"),
                ears);
        return ears;
    }

    @Test
    void anExecTakesNothingForDevNullButDevNull() throws Exception {
        Containers.Box box = containers.shell("rm /dev/null; mknod /dev/null c 1 5; touch /ready; exec sleep 60");
        Heard container = box.start();
        container.started();
        for (int i = 0; i < 6000 && !box.exists("ready"); i++) {
            Thread.sleep(10);
        }
        KeeperMessage.StartFailed failed = exec(box, container, "true").failed();
        assertEquals("/dev/null", failed.path());
        assertTrue(failed.sentence().contains("is not the character device 1:3"), failed.sentence());
    }

    @Test
    void ofAllCapabilitiesNoneIsInheritable() throws Exception {
        Containers.Box box = containers.shell("grep Cap /proc/self/status")
                .privileges(p -> new PrivilegePlan(-1, -1, false, Optional.empty(), List.of(), 0));
        assertEquals(0, box.run().code(), box.stderr());
        List<String> sets = Arrays.stream(box.stdout().split("\n")).filter(line -> line.startsWith("CapInh") || line.startsWith("CapAmb")).toList();
        assertEquals(List.of("CapInh:\t0000000000000000", "CapAmb:\t0000000000000000"), sets);
        assertTrue(Long.parseUnsignedLong(box.stdout().split("CapEff:\t")[1].split("\n")[0], 16) >>> 32 != 0, "it has those of the second word: " + box.stdout());
    }
}

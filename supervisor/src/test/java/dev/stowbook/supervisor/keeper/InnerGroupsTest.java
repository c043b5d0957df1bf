package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Public for OnAPureV2HostIT. A container that hands controllers on to groups of its own, so that its own group takes no process any more (row N14). */
public class InnerGroupsTest extends ContainersTest {
    private static final String CONTROLLER = "pids";

    /** Elsewhere the tree's root, which would have to hand the controller down, belongs to the whole machine. */
    @BeforeEach
    void onlyInAGuest() throws Exception {
        assumeFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(" - cgroup cgroup"), "OnAPureV2HostIT runs it in a guest");
        Files.writeString(Path.of("/sys/fs/cgroup/cgroup.subtree_control"), "+" + CONTROLLER);
    }

    @Test
    void n14_aContainerWithInnerGroupsIsEnteredWhereItsFirstProcessIs() throws Exception {
        Containers.Box box = containers.shell("sleep 30");
        Heard container = box.start();
        Path group = box.plan().cgroup().directory().orElseThrow();
        Path inner = Files.createDirectory(group.resolve("inner"));
        String first = Integer.toString(container.started().process().pid());
        Files.writeString(inner.resolve("cgroup.procs"), first);
        Files.writeString(group.resolve("cgroup.subtree_control"), "+" + CONTROLLER);
        try {
            Heard ears = exec(box, container);
            String process = Integer.toString(ears.started().process().pid());
            assertEquals(Set.of(first, process), Set.copyOf(procs(inner)));
            assertEquals(List.of(), procs(group));
            assertTrue(ears.started().process().isAlive());
        } finally {
            Files.writeString(group.resolve("cgroup.subtree_control"), "-" + CONTROLLER);
            for (String pid : procs(inner)) {
                Files.writeString(group.resolve("cgroup.procs"), pid);
            }
            Files.delete(inner);
        }
    }

    private Heard exec(Containers.Box box, Heard container) throws Exception {
        Path state = Files.createDirectory(box.state().resolve("exec"));
        LaunchPlan plan = box.plan();
        Heard ears = new Heard();
        containers.remember(ears);
        ears.connection = containers.spawner.exec(
                new ExecPlan(
                        plan.containerId() + "-exec", state, container.started().process(), ProcessPlan.of("sleep", "20"), false, 2000,
                        plan.cgroup(), plan.keeperCgroup(), plan.privileges(), plan.users()),
                state.resolve("control"),
                ears);
        return ears;
    }
}

package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.apply;
import static dev.stowbook.supervisor.decide.Manifests.container;
import static dev.stowbook.supervisor.decide.Manifests.pod;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.ContainerCommand.UpdateContainer;
import dev.stowbook.supervisor.command.PodCommand.UpdatePod;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.model.Bound;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.state.Pod;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Limits that are changed while a pod exists. */
class LimitsTest extends DecisionTest {
    private static ResourceSpec pids(long most) {
        ResourceSpec none = ResourceSpec.unlimited();
        return new ResourceSpec(
                none.cpu(), none.memory(), none.io(), Optional.of(Bound.of(most)), none.hugePages(), none.netClass(), none.pressure(), none.storageBytes());
    }

    private static ResourceSpec memory(String limit, String both) {
        ResourceSpec none = ResourceSpec.unlimited();
        ResourceSpec.Memory m = none.memory();
        Optional<Bound> together = both.isEmpty() ? Optional.empty() : Optional.of(new Bound(both));
        return new ResourceSpec(
                none.cpu(),
                new ResourceSpec.Memory(
                        Optional.of(new Bound(limit)), together, m.reservationBytes(), m.minBytes(), m.highBytes(), m.swappiness(), m.oomGroup()),
                none.io(), none.pids(), none.hugePages(), none.netClass(), none.pressure(), none.storageBytes());
    }

    private static List<String> events(Then then) {
        return then.events().stream().map(e -> e.getClass().getSimpleName()).toList();
    }

    @Test
    void aRunningContainersLimitsHoldWhenTheKernelHasThem() {
        running("web", RestartPolicy.ALWAYS);
        Then asked = book.when(new UpdateContainer("web", pids(5)));
        assertEquals(List.of("ContainerUpdating"), events(asked));
        assertEquals(List.of("limits:c"), book.begun());
        assertEquals(ResourceSpec.unlimited(), book.container("web", 0).definition().resources());
        Effect.UpdateGroup effect = (Effect.UpdateGroup) book.effects().getLast();
        assertEquals(pids(5), effect.limits());
        book.when(new UpdateContainer("web", pids(6))).refused(ErrorCode.CONFLICT, "already");
        assertEquals(List.of("CgroupUpdated"), events(book.done("limits:c")));
        assertEquals(pids(5), book.container("web", 0).definition().resources());
        assertEquals(pids(5), book.pod("web").spec().containers().getFirst().resources());
        assertEquals(List.of(), events(book.when(new UpdateContainer("web", pids(5)))), "nothing changes");
        book.when(new UpdateContainer("web", memory("1000000", "")));
        book.work();
        assertEquals(memory("1000000", "").over(pids(5)), book.container("web", 0).definition().resources(), "the others stay");
    }

    @Test
    void whatTheKernelRefusesChangesNothing() {
        running("web", RestartPolicy.ALWAYS);
        book.when(new UpdateContainer("web", pids(5)));
        assertEquals(List.of("StepFailed"), events(book.failed("limits:c", "BUSY")));
        assertEquals(ResourceSpec.unlimited(), book.container("web", 0).definition().resources());
        assertTrue(book.state().operations().isEmpty());
        assertEquals(Pod.Phase.RUNNING, book.pod("web").phase());
        book.when(new UpdateContainer("web", pids(6)));
        book.work();
        assertEquals(pids(6), book.container("web", 0).definition().resources());
    }

    @Test
    void aStoppedPodHasThemFromItsNextStartOn() {
        running("web", RestartPolicy.NEVER);
        exits(book.container("web", 0), 0);
        book.work();
        assertEquals(Pod.Phase.STOPPED, book.pod("web").phase());
        book.when(new UpdateContainer("web", pids(5)));
        book.when(new UpdatePod("web", pids(50)));
        assertEquals(List.of(), book.begun());
        book.effects();
        book.when(new dev.stowbook.supervisor.command.PodCommand.StartPod("web"));
        book.done("cgroup");
        List<Effect.CreateGroup> groups = book.effects().stream()
                .filter(Effect.CreateGroup.class::isInstance).map(Effect.CreateGroup.class::cast).toList();
        assertEquals(List.of(pids(50), pids(5)), groups.stream().map(Effect.CreateGroup::limits).toList());
        book.when(new UpdatePod("web", pids(5))).refused(ErrorCode.CONFLICT, "being started");
    }

    @Test
    void memoryAndSwapTogetherStayAtLeastTheMemory() {
        running("web", RestartPolicy.ALWAYS);
        book.when(new UpdateContainer("web", memory("1000", "2000")));
        book.work();
        book.when(new UpdateContainer("web", memory("3000", ""))).refused(ErrorCode.INVALID, "limited to 3000");
        book.when(new UpdateContainer("web", memory("max", "max")));
        book.work();
        assertEquals(memory("max", "max"), book.container("web", 0).definition().resources());
    }

    @Test
    void aManifestWithOtherLimitsAloneIsAppliedToThePodThatRuns() {
        running("web", RestartPolicy.ALWAYS);
        ContainerSpec limited = container("c", "busybox").withResources(pids(5));
        PodSpec wanted = pod("web", RestartPolicy.ALWAYS, limited).withResources(pids(50));
        Then applied = book.when(apply(wanted));
        assertEquals(List.of("PodUpdating", "ContainerUpdating"), events(applied));
        assertEquals("updated", ((Answer.Pods) applied.answer()).pods().getFirst().action());
        book.work();
        assertEquals(wanted, book.pod("web").spec());
        assertEquals(List.of(), events(book.when(apply(wanted))), "the same once more");
        Then dropped = book.when(apply(pod("web", RestartPolicy.ALWAYS, limited)));
        assertTrue(events(dropped).contains("PodReplacementRequested"), "a limit that is dropped has no value to be written");
    }

    @Test
    void aPodsLimitIsToldOfEachContainerThatRuns() {
        running("web", RestartPolicy.ALWAYS);
        String id = book.pod("web").id().value();
        assertEquals(List.of("PidsExhausted"), events(book.when(new Report.ReportPidsExhausted(id, 3))));
        assertEquals(List.of("PressureRose"), events(book.when(new Report.ReportPressure(id, "memory", "some", 100, 2000, 5))));
        assertEquals(List.of("OomKilled"), events(book.when(new Report.ReportOom(id, 1))));
        assertEquals(List.of(), events(book.when(new Report.ReportPidsExhausted("f".repeat(64), 3))));
    }
}

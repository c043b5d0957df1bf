package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.apply;
import static dev.stowbook.supervisor.decide.Manifests.register;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.command.VolumeCommand;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.event.VolumeEvent;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.NetworkingSpec;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.VolumeSpec;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.Volume;
import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.event.PodEvent.PodStopping;
import dev.stowbook.supervisor.event.StepEvent.StepFailed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class VolumeTest extends DecisionTest {

    private static VolumeCommand.CreateVolume create(String name) {
        return new VolumeCommand.CreateVolume(Optional.of(name), "local", new TreeMap<>(), OptionalLong.empty(), new TreeMap<>());
    }

    private static VolumeSpec claim(String name, String volume) {
        return new VolumeSpec(name, Optional.empty(), Optional.empty(), Optional.of(new VolumeSpec.Kept(volume, false, Optional.empty(), true)));
    }

    private static VolumeSpec making(String name, String volume, String driver) {
        return new VolumeSpec(name, Optional.empty(), Optional.empty(), Optional.of(new VolumeSpec.Kept(
                volume, false, Optional.of(new VolumeSpec.Making(driver, new TreeMap<>(), OptionalLong.empty())), true)));
    }

    private static VolumeSpec emptyDir(String name) {
        return new VolumeSpec(name, Optional.of(new VolumeSpec.EmptyDir(false, OptionalLong.empty())), Optional.empty(), Optional.empty());
    }

    private static VolumeSpec host(String name, String path) {
        return new VolumeSpec(
                name, Optional.empty(), Optional.of(new VolumeSpec.HostPath(path, VolumeSpec.HostPathType.ANY)), Optional.empty());
    }

    private static MountSpec at(String volume, String path) {
        return new MountSpec(volume, path, "", false, false, MountSpec.Propagation.NONE);
    }

    private static PodSpec pod(String name, List<VolumeSpec> volumes, MountSpec... mounts) {
        ContainerSpec plain = Manifests.container("c", "busybox");
        ContainerSpec container = new ContainerSpec(
                plain.name(), plain.image(), plain.command(), plain.args(), plain.env(), plain.workingDir(), plain.ports(), plain.resources(),
                plain.process(), plain.security(), List.of(mounts), plain.pin());
        return new PodSpec(
                name, new TreeMap<>(), Optional.empty(), PodSpec.RestartPolicy.NEVER, Duration.ofSeconds(10), NamespaceSpec.defaults(), List.of(container),
                Optional.empty(),
                volumes,
                NetworkingSpec.defaults(),
                dev.stowbook.supervisor.model.ResourceSpec.unlimited());
    }

    private Volume volume(String name) {
        return book.state().storage().volume(name);
    }

    private void ready(String name) {
        book.when(create(name));
        book.work();
        book.effects();
    }

    /** What was killed ends. */
    private void ended(String pod) {
        book.work();
        if (book.state().podNamed(pod).isPresent() && book.container(pod, 0).running().isPresent()) {
            exits(book.container(pod, 0), 137);
            book.work();
        }
    }

    private void stopped(String pod) {
        book.when(new PodCommand.StopPod(pod, OptionalLong.of(0)));
        ended(pod);
        assertEquals(Pod.Phase.STOPPED, book.pod(pod).phase());
    }

    private void gone(String pod) {
        book.when(new PodCommand.RemovePods(List.of(pod), true, false, OptionalLong.of(0)));
        ended(pod);
        assertTrue(book.state().podNamed(pod).isEmpty(), "pod " + pod + " is gone");
    }

    // ---- commands

    @Test
    void aVolumeIsMadeAndRemovedAndWhoAskedIsToldWhenItIsSo() {
        Then created = book.when(create("data")).then(VolumeEvent.VolumeCreated.class);
        assertFalse(created.answered());
        assertEquals(Volume.Phase.CREATING, volume("data").phase());
        book.work();
        assertTrue(created.answered());
        assertEquals(Volume.Phase.READY, volume("data").phase());
        Then removed = book.when(new VolumeCommand.RemoveVolume("data")).then(VolumeEvent.VolumeRemoving.class);
        assertFalse(removed.answered());
        assertTrue(book.effects().stream().filter(Effect.RemoveVolume.class::isInstance).allMatch(Effect::afterDurable));
        book.work();
        assertTrue(removed.answered());
        assertTrue(book.state().storage().volumes().isEmpty());
    }

    @Test
    void theSameVolumeAgainIsFineAndAnotherOfItsNameIsNot() {
        ready("data");
        book.when(create("data")).then();
        book.when(new VolumeCommand.CreateVolume(
                        Optional.of("data"), "local", new TreeMap<>(Map.of("type", "tmpfs")), OptionalLong.empty(), new TreeMap<>()))
                .refused(ErrorCode.CONFLICT, "exists with driver local");
        book.when(create("../data")).refused(ErrorCode.INVALID, "a volume's name is");
        book.when(new VolumeCommand.RemoveVolume("nothing")).refused(ErrorCode.NOT_FOUND, "there is no volume nothing");
    }

    @Test
    void whatCannotBeMadeIsForgotten() {
        Then created = book.when(create("data"));
        book.failed("volume", "INVALID").then(StepEvent.VolumePreparationFailed.class);
        assertTrue(created.answered());
        assertTrue(book.state().storage().volumes().isEmpty());
    }

    @Test
    void whatCannotBeRemovedStaysAndIsMadeAnewBeforeItIsUsedAgain() {
        ready("data");
        book.when(new VolumeCommand.RemoveVolume("data"));
        book.failed("volume", "IO").then(StepEvent.VolumeRemovalFailed.class);
        assertEquals(Volume.Phase.CREATING, volume("data").phase());
        book.when(apply(pod("web", List.of(claim("d", "data")), at("d", "/data"))));
        assertTrue(book.begun().contains("create:d"), book.begun()::toString);
        book.work();
        assertEquals(Volume.Phase.READY, volume("data").phase());
    }

    @Test
    void oneThatIsBeingMadeOrRemovedIsNotTheOther() {
        book.when(create("data"));
        book.when(new VolumeCommand.RemoveVolume("data")).refused(ErrorCode.CONFLICT, "is being made");
        book.work();
        book.when(new VolumeCommand.RemoveVolume("data"));
        book.when(create("data")).refused(ErrorCode.CONFLICT, "is being removed");
        book.when(new VolumeCommand.RemoveVolume("data")).then();
        book.when(apply(pod("web", List.of(claim("d", "data")), at("d", "/data")))).refused(ErrorCode.CONFLICT, "is being removed");
    }

    // ---- pods

    @Test
    void aProcessWaitsForItsVolumesAndKnowsWhereTheyAre() {
        ready("data");
        book.when(apply(pod("web", List.of(claim("d", "data"), host("h", "/srv")), at("d", "/data"), at("h", "/srv"))));
        assertTrue(book.begun().containsAll(List.of("volume:d", "volume:h")), book.begun()::toString);
        for (String step : List.of("sandbox", "cgroup", "endpoint:eth0", "rootfs:c", "cgroup:c", "volume:h", "volume:d")) {
            book.done(step);
        }
        assertEquals(List.of("fill:d"), book.begun(), "a volume that is used for the first time is filled before");
        book.done("fill:d");
        assertEquals(List.of("process:c"), book.begun());
        Effect.StartProcess start = book.effects().stream()
                .filter(Effect.StartProcess.class::isInstance).map(Effect.StartProcess.class::cast).findFirst().orElseThrow();
        assertEquals(List.of("/volumes/data", "/srv"), start.mounts().stream().map(mount -> mount.source().path()).toList());
        book.done("process:c");
        assertEquals(Pod.Phase.RUNNING, book.pod("web").phase());
    }

    @Test
    void i20_aNamedVolumeOutlivesItsPodsIsFilledOnceAndRemovedOnlyWhenNobodyHasIt() {
        ready("data");
        PodSpec web = pod("web", List.of(claim("d", "data")), at("d", "/data"));
        book.when(apply(web));
        book.work();
        assertTrue(volume("data").filled());
        book.when(new VolumeCommand.RemoveVolume("data")).refused(ErrorCode.CONFLICT, "is used by pod web");
        stopped("web");
        book.when(new VolumeCommand.RemoveVolume("data")).refused(ErrorCode.CONFLICT, "is used by pod web");
        gone("web");
        assertEquals(Volume.Phase.READY, volume("data").phase());
        book.effects();
        book.when(apply(web));
        book.work();
        assertTrue(book.effects().stream().noneMatch(Effect.FillVolume.class::isInstance), "it was filled before");
        gone("web");
        book.when(new VolumeCommand.RemoveVolume("data")).then(VolumeEvent.VolumeRemoving.class);
        book.work();
        assertTrue(book.state().storage().volumes().isEmpty());
    }

    @Test
    void aClaimOnAVolumeThatIsNotThereIsRefusedAndMakingOneIsNot() {
        book.when(apply(pod("web", List.of(claim("d", "data")), at("d", "/data"))))
                .refused(ErrorCode.NOT_FOUND, "stowbook volume create data");
        book.when(apply(pod("web", List.of(making("d", "data", "local")), at("d", "/data"))));
        book.work();
        assertEquals(Volume.Phase.READY, volume("data").phase());
        gone("web");
        assertEquals(Volume.Phase.READY, volume("data").phase(), "it stays");
        book.when(apply(pod("web", List.of(making("d", "data", "nfs")), at("d", "/data"))))
                .refused(ErrorCode.CONFLICT, "exists with driver local");
    }

    @Test
    void aReplacementWhoseVolumeIsMissingIsRefusedWhileTheOldPodRuns() {
        book.when(apply(pod("web", List.of())));
        book.work();
        book.when(apply(pod("web", List.of(claim("d", "data")), at("d", "/data")))).refused(ErrorCode.NOT_FOUND, "there is no volume data");
        assertEquals(Pod.Phase.RUNNING, book.pod("web").phase());
    }

    @Test
    void anEmptyDirGoesWithItsPodAndOutlivesItsStops() {
        book.when(apply(pod("web", List.of(emptyDir("scratch")), at("scratch", "/scratch")))).then(
                PodEvent.PodCreated.class, dev.stowbook.supervisor.event.ContainerEvent.ContainerCreated.class,
                VolumeEvent.VolumeCreated.class, VolumeEvent.VolumesBound.class, PodEvent.PodStarting.class);
        book.work();
        String name = book.state().storage().volumes().firstKey();
        assertEquals(Optional.of(book.pod("web").id()), volume(name).owner());
        book.when(new VolumeCommand.RemoveVolume(name)).refused(ErrorCode.CONFLICT, "is used by pod web");
        stopped("web");
        assertTrue(book.state().storage().of(book.pod("web").id()).sources().isEmpty(), "nothing is mounted for it");
        book.when(new PodCommand.StartPod("web"));
        book.work();
        assertEquals(Volume.Phase.READY, volume(name).phase());
        gone("web");
        assertTrue(book.state().storage().volumes().isEmpty());
        assertTrue(book.state().storage().bound().isEmpty());
    }

    /** The options of the one volume that a pod with a directory of its own has. */
    private SortedMap<String, String> emptyDirAt(String path, String subPath, boolean memory) {
        VolumeSpec spec = new VolumeSpec("v", Optional.of(new VolumeSpec.EmptyDir(memory, OptionalLong.empty())), Optional.empty(), Optional.empty());
        book.when(apply(pod("web", List.of(spec), new MountSpec("v", path, subPath, false, false, MountSpec.Propagation.NONE))));
        book.work();
        SortedMap<String, String> options = book.state().storage().volumes().values().iterator().next().options();
        gone("web");
        return options;
    }

    @Test
    void whereSharedMemoryLiesNobodyMayTakeAwayWhatIsAnothers() {
        assertEquals("{o=mode=1777, type=tmpfs}", emptyDirAt("/dev/shm", "", true).toString());
        assertEquals("{o=mode=1777, type=tmpfs}", emptyDirAt("//dev/shm/", "", true).toString());
        assertEquals("{mode=1777}", emptyDirAt("/dev/shm", "", false).toString());
        assertEquals("{o=mode=0777, type=tmpfs}", emptyDirAt("/cache", "", true).toString());
        assertEquals("{o=mode=0777, type=tmpfs}", emptyDirAt("/dev/shm", "part", true).toString());
        assertEquals("{mode=0777}", emptyDirAt("/dev/shm/deeper", "", false).toString());
    }

    @Test
    void anotherPodCannotHaveWhatGoesWithOne() {
        book.when(apply(pod("web", List.of(emptyDir("scratch")), at("scratch", "/scratch"))));
        book.work();
        String name = book.state().storage().volumes().firstKey();
        book.when(apply(pod("thief", List.of(claim("d", name)), at("d", "/data")))).refused(ErrorCode.CONFLICT, "belongs to another pod");
    }

    private static StoredImage wanting(String... paths) {
        StoredImage plain = Manifests.image("b", "base");
        ImageRun run = plain.run();
        return new StoredImage(plain.id(), plain.layers(), new ImageRun(
                run.env(), run.entrypoint(), run.cmd(), run.workingDir(), run.user(), run.stopSignal(), run.exposedPorts(), List.of(paths),
                run.labels()), plain.architecture(), plain.os(), plain.created());
    }

    @Test
    void i14_anImageGetsTheVolumesItWantsUnlessTheManifestHasThePlace() {
        book.when(register("busybox", wanting("/var/lib/db/", "/cache", "/cache")));
        ready("data");
        book.when(apply(pod("web", List.of(claim("d", "data")), at("d", "/var//lib/db"))));
        book.work();
        assertEquals(2, book.state().storage().volumes().size(), "one for /cache beside data");
        var mounts = book.state().storage().of(book.pod("web").id()).of(book.container("web", 0).id());
        assertEquals(List.of("/var//lib/db", "/cache"), mounts.stream().map(MountSpec::path).toList());
        gone("web");
        assertEquals(List.of("data"), List.copyOf(book.state().storage().volumes().keySet()));
    }

    @Test
    void anImageThatWantsAllOfItselfForAVolumeIsRefused() {
        book.when(register("busybox", wanting("//")));
        book.when(apply(pod("web", List.of()))).refused(ErrorCode.INVALID, "wants a volume at /");
    }

    @Test
    void twoPodsThatMakeTheSameVolumeShareIt() {
        book.when(apply(
                pod("one", List.of(making("d", "data", "local")), at("d", "/data")),
                pod("two", List.of(making("d", "data", "local")), at("d", "/data"))));
        book.work();
        assertEquals(2, volume("data").pods().size());
        gone("one");
        book.when(new VolumeCommand.RemoveVolume("data")).refused(ErrorCode.CONFLICT, "is used by pod two");
    }

    @Test
    void pruningTakesWhatNoPodHas() {
        ready("used");
        ready("unused");
        ready("spare");
        book.when(apply(pod("web", List.of(claim("d", "used")), at("d", "/data"))));
        book.work();
        Then pruned = book.when(new VolumeCommand.PruneVolumes()).then(VolumeEvent.VolumeRemoving.class, VolumeEvent.VolumeRemoving.class);
        book.work();
        assertTrue(pruned.answered());
        assertEquals(List.of("used"), List.copyOf(book.state().storage().volumes().keySet()));
    }

    @Test
    void afterARebootWhatWasBeingMadeOrRemovedGoesOn() {
        ready("old");
        book.when(create("new"));
        book.when(new VolumeCommand.RemoveVolume("old"));
        book.when(Manifests.daemon("boot-2", SUBNET));
        assertEquals(2, book.state().operations().size());
    }

    @Test
    void anUnmountThatGoesOnFailingIsTriedLessAndLessOftenAndAloneUntilItSucceeds() {
        book.when(apply(pod("web", List.of(emptyDir("data")), at("data", "/data"))));
        book.work();
        exits(book.container("web", 0), 0);
        while (!book.begun().equals(List.of("volume:data"))) {
            book.done(book.begun().stream().filter(name -> !name.equals("volume:data")).findFirst().orElseThrow());
        }
        long events = book.state().sequence();
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            book.failed("volume:data", "BUSY").then(StepFailed.class);
            Instant before = book.now();
            book.whenDue(TimerCommand.RetryPod.class).then(PodStopping.class);
            waits.add(Duration.between(before, book.now()).toSeconds());
            assertEquals(List.of("volume:data"), book.begun(), "what was done is not done again");
        }
        assertEquals(List.of(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 300L, 300L, 300L), waits);
        assertEquals(events + 24, book.state().sequence(), "two events a try");

        book.failed("volume:data", "BUSY");
        book.when(new PodCommand.StopPod("web", OptionalLong.empty())).then(PodStopping.class);
        book.whenDue(TimerCommand.RetryPod.class).then();
        book.done("volume:data");
        assertEquals(Pod.Phase.STOPPED, book.pod("web").phase());
    }
}

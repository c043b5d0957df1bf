package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.apply;
import static dev.stowbook.supervisor.decide.Manifests.container;
import static dev.stowbook.supervisor.decide.Manifests.image;
import static dev.stowbook.supervisor.decide.Manifests.pod;
import static dev.stowbook.supervisor.decide.Manifests.register;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerCreated;
import dev.stowbook.supervisor.event.ContainerEvent.StopRequested;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerStopping;
import dev.stowbook.supervisor.event.PodEvent.PodCreated;
import dev.stowbook.supervisor.event.PodEvent.PodRemovalRequested;
import dev.stowbook.supervisor.event.PodEvent.PodRemoved;
import dev.stowbook.supervisor.event.PodEvent.PodReplacementFailed;
import dev.stowbook.supervisor.event.PodEvent.PodReplacementRequested;
import dev.stowbook.supervisor.event.PodEvent.PodStarting;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.state.Pod;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ApplyTest extends DecisionTest {

    @Test
    void aNewPodIsCreatedWithItsContainersAndStarted() {
        Then then = book.when(apply(pod("web", container("a", "busybox"), container("b", "busybox"))));
        then.then(PodCreated.class, ContainerCreated.class, ContainerCreated.class, PodStarting.class);
        assertEquals("10.88.0.2", then.one(PodCreated.class).endpoints().getFirst().addresses().getFirst().address());
        assertTrue(then.answered(), "apply answers when its entry is durable, not when the pod runs");
    }

    @Test
    void manifestAndImageArePutTogetherWhenTheContainerIsCreated() {
        ContainerCreated created = book.when(apply(pod("web", container("c", "busybox"))))
                .one(ContainerCreated.class);
        assertEquals(List.of("sleep", "60"), created.process().argv());
        assertTrue(created.process().env().contains("LANG=C"), created.process().env().toString());
        assertEquals("QUIT", created.process().stopSignal());
        assertEquals("cache-base", created.parentLayerId());
    }

    @Test
    void ofSeveralPodsAllAreCreatedOrNone() {
        State before = new State(book);
        book.when(apply(pod("good", container("c", "busybox")), pod("bad", container("c", "missing"))))
                .refused(ErrorCode.NOT_FOUND, "there is no image missing");
        before.isUnchanged();
    }

    @Test
    void theSameManifestAgainChangesNothing() {
        running("web", RestartPolicy.NEVER);
        Then then = book.when(apply(pod("web", container("c", "busybox"))));
        then.then();
        assertEquals("unchanged", ((Answer.Pods) then.answer()).pods().getFirst().action());
    }

    @Test
    void anotherManifestStopsRemovesAndMakesThePodAnew() {
        running("web", RestartPolicy.NEVER);
        PodId old = book.pod("web").id();
        PodSpec changed = pod("web", container("c", "busybox"), container("d", "busybox"));
        Then then = book.when(apply(changed));
        then.then(PodReplacementRequested.class, StopRequested.class, ContainerStopping.class);
        assertEquals("replaced", ((Answer.Pods) then.answer()).pods().getFirst().action());
        book.work();
        exits(book.container("web", 0), 143);
        book.work();
        assertNotEquals(old, book.pod("web").id());
        assertEquals(Pod.Phase.RUNNING, book.pod("web").phase());
        assertEquals(2, book.pod("web").containers().size());
    }

    @Test
    void aReplacementAskedForTwiceIsTheSame() {
        running("web", RestartPolicy.NEVER);
        PodSpec changed = pod("web", container("d", "busybox"));
        book.when(apply(changed));
        book.when(apply(changed)).then();
    }

    @Test
    void aPodThatIsReplacedCanStillBeRemovedInstead() {
        running("web", RestartPolicy.NEVER);
        book.when(apply(pod("web", container("d", "busybox"))));
        book.when(new PodCommand.RemovePods(List.of("web"), true, false, OptionalLong.empty()))
                .then(PodRemovalRequested.class);
        book.work();
        exits(book.container("web", 0), 0);
        book.work();
        assertTrue(book.state().podNamed("web").isEmpty());
    }

    @Test
    void aReplacementWhoseImageIsGoneByThenFailsAndTheRestOfTheReportStands() {
        book.when(register("other", image("b", "other")));
        running("web", RestartPolicy.NEVER);
        book.when(apply(pod("web", container("c", "other"))));
        book.when(new ImageCommand.RemoveImage("other", false));
        book.done("signal:c");
        exits(book.container("web", 0), 0);
        for (String step : List.of("leave:eth0", "cgroup:c", "cgroup", "sandbox", "rootfs:c")) {
            book.done(step);
        }
        Then last = book.done("files");
        assertEquals("web", last.one(PodReplacementFailed.class).name());
        last.one(PodRemoved.class);
        assertTrue(book.state().podNamed("web").isEmpty());
    }

    @Test
    void aPortOfTheHostIsPublishedOnce() {
        book.when(apply(pod("one", container("c", "busybox", 8080))));
        book.when(apply(pod("two", container("c", "busybox", 8080))))
                .refused(ErrorCode.CONFLICT, "port 8080/tcp on 127.0.0.1 is published by pod one");
        book.when(apply(pod("three", container("c", "busybox", 9090), container("d", "busybox", 9090))))
                .refused(ErrorCode.CONFLICT, "is published by pod three");
        book.when(apply(pod("four", container("c", "busybox", 8081))));
    }

    @Test
    void aFullSubnetRefusesFurtherPods() {
        given(DecisionSettings.defaults(), "10.1.1.0/30");
        book.when(apply(pod("one", container("c", "busybox"))));
        assertEquals("10.1.1.2", book.pod("one").network().address().orElseThrow());
        book.when(apply(pod("two", container("c", "busybox"))))
                .refused(ErrorCode.CONFLICT, "has no address left");
    }

    @Test
    void anAddressIsNotUsedAgainAtOnce() {
        running("one", RestartPolicy.NEVER);
        exits(book.container("one", 0), 0);
        book.work();
        book.when(new PodCommand.RemovePods(List.of("one"), false, false, OptionalLong.empty()));
        book.work();
        assertFalse(book.state().podNamed("one").isPresent());
        book.when(apply(pod("two", container("c", "busybox"))));
        assertEquals("10.88.0.3", book.pod("two").network().address().orElseThrow());
    }

    /** The state at one moment. */
    private record State(Book book, dev.stowbook.supervisor.state.State then) {
        State(Book book) {
            this(book, book.state());
        }

        void isUnchanged() {
            assertEquals(then, book.state());
        }
    }
}

package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.apply;
import static dev.stowbook.supervisor.decide.Manifests.container;
import static dev.stowbook.supervisor.decide.Manifests.pod;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.event.PodEvent.PodCreated;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.IdPool;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Which of the host's ids pods get as users of their own. */
class UsersTest extends DecisionTest {
    private static final long FIRST = 1 << 20;
    private static final long RANGE = IdRange.OF_A_POD;

    private void pool(int ranges, IdRange... others) {
        book.when(new DaemonCommand.StartDaemon(
                "test", "boot", 1, "overlay", "cgroup-v1", "bridge", "10.88.0.0/16", new IdPool(FIRST, ranges, List.of(others))));
    }

    private Optional<IdRange> given(String name) {
        return book.when(apply(pod(name, container("c", "busybox")))).one(PodCreated.class).users();
    }

    private void remove(String name) {
        book.work();
        book.when(new PodCommand.RemovePods(List.of(name), true, false, OptionalLong.empty()));
        book.work();
        exits(book.container(name, 0), 143);
        book.work();
        assertTrue(book.state().podNamed(name).isEmpty());
    }

    private static PodSpec with(PodSpec spec, Optional<Boolean> hostUsers) {
        return new PodSpec(
                spec.name(), spec.labels(), spec.hostname(), spec.restartPolicy(), spec.terminationGrace(), spec.namespaces(), spec.containers(),
                hostUsers, spec.volumes(), spec.networking(), spec.resources());
    }

    @Test
    void everyPodGetsARangeThatNobodyElseHas() {
        pool(3);
        assertEquals(Optional.of(IdRange.ofPod(FIRST)), given("a"));
        assertEquals(Optional.of(IdRange.ofPod(FIRST + RANGE)), given("b"));
        assertEquals(book.pod("a").users(), Optional.of(IdRange.ofPod(FIRST)));
    }

    @Test
    void aPodWithTheHostsUsersGetsNone() {
        pool(3);
        Then then = book.when(apply(with(pod("a", container("c", "busybox")), Optional.of(true))));
        assertEquals(Optional.empty(), then.one(PodCreated.class).users());
        assertEquals(Optional.of(IdRange.ofPod(FIRST)), book.when(apply(with(pod("b", container("c", "busybox")), Optional.of(false))))
                .one(PodCreated.class).users());
    }

    @Test
    void whatARemovedPodHadIsGivenAgainButNotBeforeAllOthers() {
        pool(3);
        given("a");
        remove("a");
        assertEquals(Optional.of(IdRange.ofPod(FIRST + RANGE)), given("b"));
        given("c");
        assertEquals(Optional.of(IdRange.ofPod(FIRST)), given("d"));
    }

    @Test
    void whenAllAreTakenTheSentenceSaysWhatToDo() {
        pool(1);
        given("a");
        book.when(apply(pod("b", container("c", "busybox"))))
                .refused(ErrorCode.CONFLICT, "pod b: all 1 ranges of user ids are taken");
    }

    @Test
    void whatOthersWereGivenIsAvoided() {
        pool(4, new IdRange(FIRST + 10, 1), new IdRange(FIRST + 2 * RANGE - 1, 2));
        assertEquals(Optional.of(IdRange.ofPod(FIRST + 3 * RANGE)), given("a"));
    }

    @Test
    void aPoolThatHasMovedSharesNothingWithRangesGivenBefore() {
        pool(3);
        given("a");
        book.when(new DaemonCommand.StartDaemon(
                "test", "boot", 1, "overlay", "cgroup-v1", "bridge", "10.88.0.0/16", new IdPool(FIRST - 5, 3, List.of())));
        IdRange second = given("b").orElseThrow();
        assertTrue(!second.overlaps(book.pod("a").users().orElseThrow()), second.toString());
        assertEquals(FIRST - 5 + 2 * RANGE, second.first());
    }

    @Test
    void aUserBeyondTheRangeIsRefusedUnlessTheUsersAreTheHosts() {
        pool(3);
        ContainerSpec plain = container("c", "busybox");
        SecuritySpec security = new SecuritySpec(OptionalInt.of(65_536), OptionalInt.empty(), false, true, List.of(), List.of());
        PodSpec spec = pod("a", new ContainerSpec(
                plain.name(), plain.image(), plain.command(), plain.args(), plain.env(), plain.workingDir(), plain.ports(), plain.resources(),
                plain.process(), security, plain.mounts(), plain.pin()));
        book.when(apply(spec)).refused(ErrorCode.INVALID, "runAsUser 65536 is beyond the pod's own users");
        book.when(apply(with(spec, Optional.of(true)))).one(PodCreated.class);
    }
}

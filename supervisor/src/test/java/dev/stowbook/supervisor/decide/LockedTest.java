package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.apply;
import static dev.stowbook.supervisor.decide.Manifests.container;
import static dev.stowbook.supervisor.decide.Manifests.image;
import static dev.stowbook.supervisor.decide.Manifests.pod;
import static dev.stowbook.supervisor.decide.Manifests.register;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerCreated;
import dev.stowbook.supervisor.event.ImageEvent.TreeDigested;
import dev.stowbook.supervisor.event.PodEvent.PodReplacementRequested;
import dev.stowbook.supervisor.event.TransferEvent.PullStarted;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ImagePin;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Pod;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Containers that are held to one image. */
class LockedTest extends DecisionTest {
    private static final String B = "sha256:" + "b".repeat(64);

    private static PodSpec web(String image) {
        return pod("web", container("main", "busybox").withPin(new ImagePin(image, Optional.empty(), "sha256:tree")));
    }

    private String imageOf(String name) {
        Pod pod = ((Lookup.Found<Pod>) Lookup.pod(book.state(), name)).value();
        return book.state().container(pod.containers().getFirst()).definition().imageId();
    }

    @Test
    void i21_aLockedContainerIsOfItsImageWhateverItsNameNames() {
        book.when(register("other", image("b", "base", "b")));
        ContainerCreated created = book.when(apply(web(B))).one(ContainerCreated.class);
        assertEquals(B, created.imageId());
        assertEquals("busybox", created.image());
        assertEquals("cache-b", created.parentLayerId());
        book.when(apply(web(B))).then();
        assertEquals(B, imageOf("web"));
    }

    @Test
    void i21_anotherLockOrNoneReplacesThePod() {
        book.when(register("other", image("b", "base", "b")));
        book.when(apply(web(B)));
        PodReplacementRequested unlocked = book.when(apply(pod("web", container("main", "busybox")))).one(PodReplacementRequested.class);
        assertEquals(Optional.empty(), unlocked.spec().containers().getFirst().pin());
        PodReplacementRequested back = book.when(apply(web("sha256:" + "a".repeat(64)))).one(PodReplacementRequested.class);
        assertEquals("sha256:" + "a".repeat(64), back.spec().containers().getFirst().pin().orElseThrow().image());
    }

    @Test
    void i21_aLockedImageThatIsGoneIsSaidToBe() {
        String gone = "sha256:" + "c".repeat(64);
        String sentence = "pod web, container main: the image " + gone + " that busybox is locked to has been removed; apply the manifest again";
        book.when(apply(web(gone))).refused(ErrorCode.NOT_FOUND, sentence);
        book.when(apply(pod("web", container("main", "busybox"))));
        book.when(apply(web(gone))).refused(ErrorCode.NOT_FOUND, sentence);
    }

    @Test
    void i21_theTreeOfAnImageIsKnownUntilItGoes() {
        String a = "sha256:" + "a".repeat(64);
        book.when(new ImageCommand.RecordTree(a, "sha256:1")).then(TreeDigested.class);
        book.when(new ImageCommand.RecordTree(a, "sha256:1")).then();
        book.when(new ImageCommand.RecordTree(a, "sha256:2")).then(TreeDigested.class);
        assertEquals(Map.of(a, "sha256:2"), book.state().catalogue().trees());
        book.when(new ImageCommand.RecordTree(B, "sha256:1")).refused(ErrorCode.NOT_FOUND, "no image " + B);
        book.when(new ImageCommand.RemoveImage("busybox", false));
        assertEquals(Map.of(), book.state().catalogue().trees());
    }

    @Test
    void i21_aPullMayBeHeldToAManifest() {
        PullStarted started = book.when(new ImageCommand.PullImage("example.org/app@" + B, "linux/amd64", Optional.of(B))).one(PullStarted.class);
        assertEquals(Optional.of(B), started.manifest());
        assertEquals(List.of(), List.copyOf(book.state().catalogue().trees().keySet()));
    }
}

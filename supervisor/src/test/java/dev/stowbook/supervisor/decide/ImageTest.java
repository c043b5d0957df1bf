package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.image;
import static dev.stowbook.supervisor.decide.Manifests.register;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.event.ImageEvent.BlobsKnown;
import dev.stowbook.supervisor.event.ImageEvent.ImageRegistered;
import dev.stowbook.supervisor.event.ImageEvent.ImageRemoving;
import dev.stowbook.supervisor.event.ImageEvent.ImageTagged;
import dev.stowbook.supervisor.event.ImageEvent.ImageUntagged;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.model.StoredLayer;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImageTest extends DecisionTest {
    private Then remove(String reference) {
        return book.when(new ImageCommand.RemoveImage(reference, false));
    }

    @Test
    void anImageIsEnteredOnceAndAReferenceMovesToTheNewest() {
        book.when(register("busybox", image("a", "base"))).then();
        book.when(register("busybox", image("b", "base", "b"))).then(ImageRegistered.class, ImageTagged.class);
        assertEquals("sha256:" + "b".repeat(64), book.state().references().get("busybox:latest"));
        assertEquals(2, book.state().images().size(), "the old one stays, without a name");
    }

    @Test
    void anImageIsFoundByReferenceIdAndUniquePrefix() {
        book.when(register("other:1.2", image("b", "other")));
        assertTrue(Images.find(book.state(), "busybox").isPresent());
        assertTrue(Images.find(book.state(), "busybox:latest").isPresent());
        assertTrue(Images.find(book.state(), "other").isEmpty());
        assertTrue(Images.find(book.state(), "bbbb").isPresent());
        assertTrue(Images.find(book.state(), "sha256:bbbb").isPresent());
        assertTrue(Images.find(book.state(), "bbb").isEmpty(), "too short to be meant");
        assertEquals("localhost:5000/a:latest", Images.normalised("localhost:5000/a"));
    }

    @Test
    void takingOneOfSeveralReferencesAwayLeavesTheImage() {
        book.when(new ImageCommand.TagImage("busybox", "mine:1")).then(ImageTagged.class);
        book.when(new ImageCommand.TagImage("busybox", "mine:1")).then();
        book.when(new ImageCommand.TagImage("missing", "mine:1")).refused(ErrorCode.NOT_FOUND, "no image missing");
        remove("mine:1").then(ImageUntagged.class);
        assertEquals(1, book.state().images().size());
    }

    @Test
    void withTheLastTagOfARepositoryItsDigestsGo() {
        String digest = "sha256:" + "9".repeat(64);
        book.when(new ImageCommand.TagImage("busybox", "example.org:5000/app:1"));
        book.when(new ImageCommand.TagImage("busybox", "example.org:5000/app:2"));
        book.when(new ImageCommand.TagImage("busybox", "example.org:5000/app@" + digest));
        remove("example.org:5000/app:1").then(ImageUntagged.class);
        remove("example.org:5000/app:2").then(ImageUntagged.class, ImageUntagged.class);
        assertEquals(List.of("busybox:latest"), List.copyOf(book.state().references().keySet()));
    }

    @Test
    void i12_blobsOfRegistriesAreRememberedOnceForAsLongAsAnImageHasTheLayer() {
        KnownBlob blob = new KnownBlob("sha256:diff-base", "sha256:" + "8".repeat(64), 7, "application/gzip", "docker.io/library/busybox");
        KnownBlob elsewhere = new KnownBlob(blob.diffId(), blob.digest(), 7, blob.mediaType(), "example.org/copy");
        book.when(new ImageCommand.RecordBlobs(List.of(blob))).then(BlobsKnown.class);
        book.when(new ImageCommand.RecordBlobs(List.of(blob))).then();
        book.when(new ImageCommand.RecordBlobs(List.of(blob, elsewhere))).then(BlobsKnown.class);
        assertEquals(List.of(blob, elsewhere), book.state().catalogue().of("sha256:diff-base"));
        assertEquals("sha256:diff-base", book.state().catalogue().diffIdOf(blob.digest()).orElseThrow());
        KnownBlob nobodys = new KnownBlob("sha256:diff-none", blob.digest(), 7, "", "");
        book.when(new ImageCommand.RecordBlobs(List.of(nobodys))).then();
        book.when(register("other", image("b", "base", "b")));
        remove("busybox");
        assertEquals(2, book.state().catalogue().of("sha256:diff-base").size(), "another image has it");
        remove("other");
        assertTrue(book.state().catalogue().blobs().isEmpty());
        assertTrue(book.state().catalogue().origins().isEmpty());
    }

    @Test
    void anIdWithSeveralReferencesIsRemovedByForceOnly() {
        book.when(new ImageCommand.TagImage("busybox", "mine:1"));
        String id = "a".repeat(64);
        remove(id).refused(ErrorCode.CONFLICT, "has several references (busybox:latest, mine:1)");
        book.when(new ImageCommand.RemoveImage(id, true))
                .then(ImageUntagged.class, ImageUntagged.class, ImageRemoving.class);
    }

    @Test
    void withItsLastReferenceAnImageGoesButForLayersThatOthersHave() {
        book.when(register("left", image("b", "base", "middle", "left")));
        book.when(register("right", image("c", "base", "middle", "right")));
        assertEquals(List.of("cache-left"), going(remove("left")));
        Then then = remove("right");
        assertEquals(List.of("cache-right", "cache-middle"), going(then), "topmost first");
        assertFalse(then.answered());
        book.work();
        assertTrue(then.answered());
        assertTrue(book.state().removals().isEmpty());
    }

    private static List<String> going(Then then) {
        return then.then(ImageUntagged.class, ImageRemoving.class).one(ImageRemoving.class).layers().stream()
                .map(StoredLayer::cacheId)
                .toList();
    }

    @Test
    void anImageThatAContainerUsesStays() {
        running("web", RestartPolicy.NEVER);
        remove("busybox").refused(ErrorCode.CONFLICT, "is used by container web/c");
        exits(book.container("web", 0), 0);
        remove("busybox").refused(ErrorCode.CONFLICT, "is used by container web/c");
    }

    @Test
    void anImageThatCameBackWhileItWentAndGoesAgainIsRemembered() {
        remove("busybox");
        book.when(register("busybox", image("a", "base")));
        remove("busybox");
        book.done("image").then(StepEvent.ImageRemoved.class);
        assertFalse(book.state().removals().isEmpty(), "its second removal still needs to know the layers");
        book.done("image");
        assertTrue(book.state().removals().isEmpty());
    }

    @Test
    void anImageThatCouldNotBeRemovedIsGarbageAndNoLongerAnImage() {
        Then then = remove("busybox");
        book.failed("image", "IO").then(StepEvent.ImageRemovalFailed.class);
        assertTrue(then.answered());
        assertTrue(book.state().images().isEmpty());
        assertTrue(book.state().operations().isEmpty());
    }
}

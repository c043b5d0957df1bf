package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.event.ImageEvent.BlobsKnown;
import dev.stowbook.supervisor.event.ImageEvent.ImageRegistered;
import dev.stowbook.supervisor.event.ImageEvent.ImageRemoving;
import dev.stowbook.supervisor.event.ImageEvent.ImageTagged;
import dev.stowbook.supervisor.event.ImageEvent.ImageUntagged;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.event.TransferEvent.ImagePulled;
import dev.stowbook.supervisor.event.TransferEvent.PullFailed;
import dev.stowbook.supervisor.event.TransferEvent.PullStarted;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransferTest extends DecisionTest {
    private static final String NAME = "registry.example/app:v1";
    private static final String BY_DIGEST = "registry.example/app@sha256:" + "d".repeat(64);

    private long pulling() {
        book.when(new ImageCommand.PullImage(NAME, "linux/amd64")).then(PullStarted.class);
        return book.state().sequence();
    }

    private Then pulled(long transfer, StoredImage image) {
        List<KnownBlob> origins = image.layers().stream()
                .map(layer -> new KnownBlob(layer.diffId(), "sha256:blob", 1, "tar", "registry.example/app"))
                .toList();
        return book.when(new Report.ReportPulled(
                new ImagePulled(transfer, NAME, "sha256:" + "d".repeat(64), image.id(), 1),
                new ImageCommand.Arrival(image, List.of(NAME, BY_DIGEST), "pull", origins)));
    }

    @Test
    void aPulledImageIsEnteredWithTheOutcomeUnderTagAndDigest() {
        long transfer = pulling();
        assertEquals(1, book.state().catalogue().transfers().size());
        StoredImage image = image("c", "pulled");
        pulled(transfer, image).then(ImageRegistered.class, BlobsKnown.class, ImageTagged.class, ImageTagged.class, ImagePulled.class);
        assertTrue(book.state().catalogue().transfers().isEmpty());
        assertEquals(image.id(), book.state().references().get(NAME));
        assertEquals(image.id(), book.state().references().get(BY_DIGEST));
        assertEquals("registry.example/app", book.state().catalogue().of(image.layers().getFirst().diffId()).getFirst().repository());
    }

    @Test
    void whatIsToldOfAPullThatIsOverChangesNothing() {
        long transfer = pulling();
        book.when(new Report.ReportTransfer(new PullFailed(transfer, NAME, "NOT_FOUND", "it is not there"))).then(PullFailed.class);
        book.when(new Report.ReportTransfer(new PullFailed(transfer, NAME, "NOT_FOUND", "it is not there"))).then();
        pulled(transfer, image("c", "pulled")).then();
        assertTrue(book.state().references().get(NAME) == null);
    }

    @Test
    void withItsLastTagTheNameByDigestGoesToo() {
        StoredImage image = image("c", "pulled");
        pulled(pulling(), image);
        book.when(new ImageCommand.TagImage(NAME, "registry.example/app:v2"));
        book.when(new ImageCommand.RemoveImage(NAME, false)).then(ImageUntagged.class);
        book.when(new ImageCommand.RemoveImage("registry.example/app:v2", false)).then(ImageUntagged.class, ImageUntagged.class, ImageRemoving.class);
        assertTrue(book.state().catalogue().blobs().isEmpty(), "nothing is known of layers that are gone");
    }

    @Test
    void aTagAndItsDigestAreOneNameToSomebodyWhoRemovesById() {
        StoredImage image = image("c", "pulled");
        pulled(pulling(), image);
        book.when(new ImageCommand.RemoveImage(image.id(), false)).then(ImageUntagged.class, ImageUntagged.class, ImageRemoving.class);
    }

    @Test
    void aPushTakesAnImageThatIsThere() {
        book.when(new ImageCommand.PushImage("nothing")).refused(ErrorCode.NOT_FOUND, "there is no image nothing; give one that name first");
        book.when(new ImageCommand.PushImage("busybox")).then(TransferEvent.PushStarted.class);
        long transfer = book.state().sequence();
        book.when(new Report.ReportTransfer(new PullFailed(transfer, "busybox", "INVALID", "a pull, not a push"))).then();
        book.when(new Report.ReportTransfer(new TransferEvent.PushFailed(transfer, "busybox", "DENIED", "no"))).then(TransferEvent.PushFailed.class);
        assertTrue(book.state().catalogue().transfers().isEmpty());
    }
}

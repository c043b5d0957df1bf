package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.BuildCommand;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.event.ImageEvent.ImageRegistered;
import dev.stowbook.supervisor.event.ImageEvent.ImageTagged;
import dev.stowbook.supervisor.event.ImageEvent.SignaturePolicyOverridden;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.BuildSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.SignaturePolicy;
import dev.stowbook.supervisor.model.SignatureRule;
import dev.stowbook.supervisor.model.StepSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Names that are given without a pull, under a signature policy. */
class NamingTest extends DecisionTest {
    private static final SignaturePolicy POLICY = new SignaturePolicy(
            new SignatureRule.Accept(),
            new TreeMap<>(Map.of(
                    "prod.example/team", new SignatureRule.Require(List.of("sha256:k"), false),
                    "evil.example", new SignatureRule.Reject())));

    @BeforeEach
    void setPolicy() {
        book = new Book(DecisionSettings.defaults().with(POLICY));
        book.when(Manifests.register("free", image("a", "base"))).then(ImageRegistered.class, ImageTagged.class);
    }

    private static ImageCommand.RegisterImages register(String reference, boolean insecure) {
        return new ImageCommand.RegisterImages(
                List.of(new ImageCommand.Arrival(image("b", "base"), List.of("free:2", reference), "test")), insecure);
    }

    @Test
    void aRepositoryThatRequiresSignaturesLendsItsNameToNothingUnsigned() {
        book.when(register("prod.example/team/app:1", false)).refused(ErrorCode.DENIED, "policy for prod.example/team requires signatures");
        assertEquals(1, book.state().images().size(), "the whole upload is refused");
        book.when(register("prod.example/teams/app:1", false)).then(ImageRegistered.class, ImageTagged.class, ImageTagged.class);
        book.when(new ImageCommand.TagImage("free", "prod.example/team/app")).refused(ErrorCode.DENIED, "--insecure-policy");
        book.when(new ImageCommand.TagImage("free", "evil.example/app")).refused(ErrorCode.DENIED, "rejects images of the name evil.example/app:latest");
    }

    @Test
    void whoSaysSoGetsTheNameAndStandsInTheBook() {
        book.when(register("prod.example/team/app:1", true))
                .then(ImageRegistered.class, ImageTagged.class, SignaturePolicyOverridden.class, ImageTagged.class);
        book.when(new ImageCommand.TagImage("free", "evil.example/app", true)).then(SignaturePolicyOverridden.class, ImageTagged.class);
        book.when(new ImageCommand.TagImage("free", "evil.example/app")).then();
        book.when(new ImageCommand.TagImage("free:2", "evil.example/app")).refused(ErrorCode.DENIED, "evil.example");
    }

    @Test
    void whereThePolicyAcceptsTheFlagChangesNothing() {
        book.when(new ImageCommand.TagImage("free", "other", true)).then(ImageTagged.class);
    }

    @Test
    void whatIsRejectedIsNotAskedOfItsRegistryAndWhatMustBeSignedIs() {
        book.when(new ImageCommand.PullImage("evil.example/app:1", "linux/amd64")).refused(ErrorCode.DENIED, "the signature policy for evil.example rejects");
        assertTrue(book.state().catalogue().transfers().isEmpty());
        book.when(new ImageCommand.PullImage("prod.example/team/app:1", "linux/amd64")).then(TransferEvent.PullStarted.class);
    }

    @Test
    void aBuildIsRefusedANameThatWantsASignatureBeforeItsWork() {
        for (String name : List.of("prod.example/team/app:1", "evil.example/app")) {
            BuildSpec spec = new BuildSpec("Dockerfile", Optional.empty(), List.of("free:3", name), List.of(), new TreeMap<>(), true, false, Optional.empty(),
                    StepSpec.defaults());
            book.when(new BuildCommand.BuildImage(new BuildId("b1"), spec)).refused(ErrorCode.DENIED, "the signature policy for ");
            assertTrue(book.state().builds().running().isEmpty());
        }
    }
}

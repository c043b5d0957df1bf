package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.apply;
import static dev.stowbook.supervisor.decide.Manifests.container;
import static dev.stowbook.supervisor.decide.Manifests.image;
import static dev.stowbook.supervisor.decide.Manifests.pod;
import static dev.stowbook.supervisor.decide.Manifests.register;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.BuildCommand;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.BuildEvent;
import dev.stowbook.supervisor.event.ImageEvent.ImageRemoving;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.image.Unneeded;
import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.BuildSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StepRef;
import dev.stowbook.supervisor.model.StepSpec;
import dev.stowbook.supervisor.model.StoredImage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The images of builds: whose they are while a build runs, and which of them go with the one that they led to. */
class BuiltImagesTest extends DecisionTest {
    private static final StoredImage BASE = image("a", "base");
    private static final StoredImage STEP = image("5", "base", "step");
    private static final StoredImage BUILT = image("6", "base", "step", "built");

    private StepRef begin(String id, String... references) {
        BuildSpec spec = new BuildSpec("Dockerfile", Optional.empty(), List.of(references), List.of(), new TreeMap<>(), true, false, Optional.empty(), StepSpec.defaults());
        book.when(new BuildCommand.BuildImage(new BuildId(id), spec)).then(BuildEvent.BuildStarted.class);
        return book.effects().stream().filter(Effect.BuildImage.class::isInstance).map(effect -> ((Effect.BuildImage) effect).step()).findFirst().orElseThrow();
    }

    private Then step(String id, int number, StoredImage image, boolean made, StoredImage parent) {
        return book.when(new BuildCommand.CompleteBuildStep(
                new BuildId(id), number, "RUN step " + number, image.id(),
                made ? Optional.of(new ImageCommand.Arrival(image, List.of(), "build")) : Optional.empty(),
                made ? Optional.of(parent.id()) : Optional.empty(), Optional.empty(), made ? "key" + number : "", !made, 1));
    }

    private Then finish(StepRef step, String id, StoredImage image) {
        return book.when(new Report.CompleteStep(new StepEvent.BuildFinished(step, new BuildId(id), image.id(), 1)));
    }

    /** A build of two steps, the first of which nobody names. */
    private void built(String name) {
        StepRef step = begin("b1", name);
        step("b1", 1, BASE, false, BASE);
        step("b1", 2, STEP, true, BASE);
        step("b1", 3, BUILT, true, STEP);
        finish(step, "b1", BUILT);
        assertEquals(BUILT.id(), book.state().references().get(name + ":latest"));
        assertTrue(book.state().builds().running().isEmpty());
    }

    private List<String> removedWith(String name) {
        return book.when(new ImageCommand.RemoveImage(name, false)).events().stream()
                .filter(ImageRemoving.class::isInstance)
                .map(event -> ((ImageRemoving) event).image())
                .toList();
    }

    @Test
    void whatABuildUsesIsNotRemovedUntilItIsOver() {
        StepRef step = begin("b1");
        step("b1", 1, BASE, false, BASE);
        step("b1", 2, STEP, true, BASE);
        book.when(new ImageCommand.RemoveImage("busybox", true)).refused(ErrorCode.CONFLICT, "is used by build b1, which runs: wait for its end");
        book.when(new ImageCommand.RemoveImage(STEP.id(), true)).refused(ErrorCode.CONFLICT, "is used by build b1");
        finish(step, "b1", STEP);
        assertEquals(List.of(STEP.id()), removedWith(STEP.id()));
    }

    @Test
    void withAnImageTheStepsThatLedToItGoAndTheImageBelowStays() {
        built("app");
        assertEquals(List.of(BUILT.id(), STEP.id()), removedWith("app"));
        assertEquals(List.of(BASE.id()), List.copyOf(book.state().images().keySet()));
        assertTrue(book.state().builds().cache().isEmpty(), "what is gone is not found again");
    }

    @Test
    void aStepStaysWhenItHasANameOrAContainerOrAnotherChildOrABuildThatUsesIt() {
        built("app");
        book.when(new ImageCommand.TagImage(STEP.id(), "kept:1"));
        assertEquals(List.of(BUILT.id()), removedWith("app"));
        book.work();

        book.when(new ImageCommand.RemoveImage("kept:1", false));
        book.work();
        built("app");
        book.when(apply(pod("web", container("c", STEP.id()))));
        book.work();
        exits(book.container("web", 0), 0);
        assertEquals(List.of(BUILT.id()), removedWith("app"), "its container has ended, and may be started again");
        assertTrue(book.state().images().containsKey(STEP.id()));
    }

    @Test
    void aStepThatAnotherBuildIsAtStays() {
        built("app");
        StepRef other = begin("b2");
        step("b2", 1, BASE, false, BASE);
        step("b2", 2, STEP, false, BASE);
        assertEquals(List.of(BUILT.id()), removedWith("app"));
        finish(other, "b2", STEP);
    }

    @Test
    void aStepFromWhichAnotherImageWasMadeStays() {
        built("app");
        StoredImage sibling = image("7", "base", "step", "sibling");
        StepRef other = begin("b2", "other");
        step("b2", 1, STEP, false, BASE);
        step("b2", 2, sibling, true, STEP);
        finish(other, "b2", sibling);
        assertEquals(List.of(BUILT.id()), removedWith("app"));
        assertEquals(List.of(sibling.id(), STEP.id()), removedWith("other"));
    }

    @Test
    void aStepOfAnImageThatWasRemovedMeanwhileIsRefused() {
        begin("b1");
        step("b1", 1, BUILT, false, STEP).refused(ErrorCode.CONFLICT, "was removed while it was built on: build again");
        book.when(new BuildCommand.BeginBuildStep(new BuildId("none"), 1, 1, 1, "RUN x")).refused(ErrorCode.NOT_FOUND, "there is no build none any more");
    }

    private List<String> unneeded(boolean named) {
        return Unneeded.of(book.state(), named, Long.MAX_VALUE).stream().map(Unneeded::image).toList();
    }

    @Test
    void anImageIsNeededAsLongAsAContainerRunningOrStoppedIsMadeOfIt() {
        book.when(register("other", image("b", "other")));
        assertEquals(List.of(BASE.id(), image("b", "other").id()), unneeded(true));
        book.when(apply(pod("web", container("c", "busybox"))));
        assertEquals(List.of(image("b", "other").id()), unneeded(true), "it is about to start");
        book.work();
        assertEquals(List.of(image("b", "other").id()), unneeded(true), "it runs");
        exits(book.container("web", 0), 0);
        book.work();
        assertFalse(book.container("web", 0).running().isPresent());
        assertEquals(List.of(image("b", "other").id()), unneeded(true), "it has ended, and may be started again");
    }

    @Test
    void whatCameFirstGoesFirstButWhatHasNoNameBeforeThat() {
        book.pass(Duration.ofDays(1)).when(register("f", image("f", "f")));
        book.pass(Duration.ofDays(1)).when(register("e", image("e", "e")));
        book.pass(Duration.ofDays(1)).when(register("nameless", image("d", "d")));
        book.pass(Duration.ofDays(1)).when(register("nameless", image("c", "c")));
        assertEquals(
                List.of(image("d", "d").id(), BASE.id(), image("f", "f").id(), image("e", "e").id(), image("c", "c").id()), unneeded(true));
    }

    @Test
    void ofTheStepsOfABuildOnlyThoseGoThatNothingNeeds() {
        built("app");
        assertEquals(20, freed(), "the layers of both steps");
        book.when(new ImageCommand.TagImage(STEP.id(), "kept:1"));
        assertEquals(10, freed(), "the step before has a name");
    }

    @Test
    void aStepThatAContainerIsMadeOfIsNotCounted() {
        built("app");
        book.when(apply(pod("web", container("c", STEP.id()))));
        book.work();
        assertEquals(10, freed());
    }

    private long freed() {
        return Unneeded.of(book.state(), true, Long.MAX_VALUE).stream().filter(each -> each.image().equals(BUILT.id())).findFirst().orElseThrow().freesBytes();
    }
}

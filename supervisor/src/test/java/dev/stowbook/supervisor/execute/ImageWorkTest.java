package dev.stowbook.supervisor.execute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.StepRef;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An image is taken out of the store by what the book says then, not by what it said when the removal was decided. */
class ImageWorkTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");
    private static final StoredLayer SHARED = new StoredLayer("sha256:diff-shared", "sha256:chain-shared", "cache-shared", 1);
    private static final StoredLayer OWN = new StoredLayer("sha256:diff-own", "sha256:chain-own", "cache-own", 1);
    private static final String GOING = "sha256:" + "a".repeat(64);

    private final BlockingQueue<Command> told = new LinkedBlockingQueue<>();
    private final Workers workers = new Workers("test");
    private final AtomicReference<State> newest = new AtomicReference<>(State.empty());

    @AfterEach
    void end() {
        workers.close();
    }

    private static StoredImage image(String id, StoredLayer... layers) {
        ImageRun run = new ImageRun(
                List.of(), List.of(), List.of(), Optional.empty(), Optional.empty(), Optional.empty(), List.of(), List.of(), new TreeMap<>());
        return new StoredImage(id, List.of(layers), run, "amd64", "linux", NOON);
    }

    private StepEvent outcomeOf(ImageWork.Content content) throws Exception {
        ImageWork work = new ImageWork(content, newest::get, workers, new Outcomes((command, actor, sequence, request) -> told.add(command)));
        StepRef step = new StepRef(7, "image");
        work.remove(new Effect.RemoveImage(step, GOING, List.of(OWN, SHARED)), new Outcomes.Origin(7, new Cause("RemoveImage", 0, "")));
        Command command = told.poll(60, TimeUnit.SECONDS);
        return ((Report.CompleteStep) command).outcome();
    }

    @Test
    void whatAnImageThatCameSinceHasIsStillInUse() throws Exception {
        AtomicReference<Predicate<String>> asked = new AtomicReference<>();
        StepEvent outcome = outcomeOf((image, layers, used) -> {
            assertEquals(GOING + " " + List.of(OWN, SHARED), image + " " + layers);
            assertFalse(used.test(SHARED.chainId()));
            newest.set(Evolve.apply(newest.get(), new Recorded(1, NOON, new ImageEvent.ImageRegistered(image("sha256:" + "b".repeat(64), SHARED), "load"))));
            asked.set(used);
        });
        assertEquals(GOING, ((StepEvent.ImageRemoved) outcome).image());
        assertTrue(asked.get().test(SHARED.chainId()), "another image came that has it");
        assertFalse(asked.get().test(OWN.chainId()));
        assertFalse(asked.get().test(GOING));
        newest.set(Evolve.apply(newest.get(), new Recorded(2, NOON, new ImageEvent.ImageRegistered(image(GOING, OWN), "load"))));
        assertTrue(asked.get().test(GOING), "it came again itself");
        assertTrue(asked.get().test(OWN.chainId()));
    }

    @Test
    void aStoreThatFailsIsToldOfByItsSentence() throws Exception {
        StepEvent outcome = outcomeOf((image, layers, used) -> {
            throw new IOException("the disk is read-only");
        });
        assertEquals(new StepEvent.ImageRemovalFailed(new StepRef(7, "image"), GOING, "the disk is read-only"), outcome);
    }
}

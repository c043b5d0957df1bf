package dev.stowbook.supervisor.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.decide.Decider;
import dev.stowbook.supervisor.decide.DecisionInputs;
import dev.stowbook.supervisor.decide.DecisionSettings;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.codec.EventCodec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.IdPool;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.simulation.MemoryLog;
import dev.stowbook.supervisor.state.State;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A loop that never rests fails by the timeout. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CommandLoopTest {
    private static final Actor USER = Actor.user("test", 0, 1);

    /** A thread that does one thing when it is told to. */
    private static final class Steps implements LoopThread {
        private final Deque<Runnable> soon = new ArrayDeque<>();
        private final List<Runnable> later = new ArrayList<>();

        @Override
        public void execute(Runnable task) {
            soon.add(task);
        }

        @Override
        public void schedule(Duration delay, Runnable task) {
            later.add(task);
        }

        void run() {
            while (!soon.isEmpty()) {
                soon.poll().run();
            }
        }

        void runLater() {
            List<Runnable> due = List.copyOf(later);
            later.clear();
            due.forEach(Runnable::run);
            run();
        }
    }

    private static final class Inputs implements DecisionInputs {
        private int ids;

        @Override
        public Instant now() {
            return Instant.parse("2026-01-01T00:00:00Z");
        }

        @Override
        public String newId() {
            return String.format("%064x", ++ids);
        }

        @Override
        public double jitter() {
            return 0.5;
        }
    }

    private final Steps thread = new Steps();
    private final MemoryLog log = new MemoryLog();
    private final List<Effect> begun = new ArrayList<>();
    private final List<Throwable> faults = new ArrayList<>();
    private int syncRequests;
    private EventFormat format = new EventCodec();
    private CommandLoop loop = loop();

    private CommandLoop loop() {
        return new CommandLoop(
                new CommandLoop.Parts(
                        thread,
                        log,
                        format,
                        new Decider(DecisionSettings.defaults()),
                        new Inputs(),
                        (Effect effect, long sequence, Cause cause) -> begun.add(effect),
                        () -> syncRequests++,
                        faults::add),
                State.empty());
    }

    private CompletableFuture<Reply> submit(Command command) {
        return loop.submit(command, USER, 0, "request");
    }

    private static Command daemon() {
        return new DaemonCommand.StartDaemon("test", "boot", 1, "overlay", "cgroup-v1", "bridge", "10.0.0.0/24", IdPool.none());
    }

    private static Command image(String name) {
        StoredImage image = new StoredImage(
                "sha256:" + name,
                List.of(new StoredLayer("d-" + name, "c-" + name, "cache-" + name, 1)),
                new ImageRun(
                        List.of(), List.of(), List.of("sh"), Optional.empty(), Optional.empty(), Optional.empty(),
                        List.of(), List.of(), new TreeMap<>()),
                "amd64", "linux", Instant.EPOCH);
        return new ImageCommand.RegisterImages(
                List.of(new ImageCommand.Arrival(image, List.of(name), "test")));
    }

    private void sync() {
        loop.durable(log.sync());
    }

    @Test
    void aBatchIsOneSyncAndOneEntryForEachDecision() {
        for (int i = 0; i < 10; i++) {
            submit(image("i" + i));
        }
        thread.run();
        assertEquals(10, log.entries().size());
        assertEquals(1, syncRequests);
        assertEquals("request", log.entries().getFirst().cause().request());
        assertEquals("RegisterImages", log.entries().getFirst().cause().command());
    }

    @Test
    void aBatchHasAnEndSoThatOthersGetTheirTurn() {
        for (int i = 0; i < 300; i++) {
            submit(image("i" + i));
        }
        thread.soon.poll().run();
        assertEquals(256, log.entries().size());
        thread.run();
        assertEquals(300, log.entries().size());
        assertEquals(2, syncRequests);
    }

    @Test
    void nobodyIsToldAndNothingIsShownBeforeTheSync() {
        List<Long> shown = new ArrayList<>();
        loop.onDurable(state -> shown.add(state.sequence()));
        CompletableFuture<Reply> reply = submit(daemon());
        thread.run();
        assertFalse(reply.isDone());
        assertEquals(0, loop.durableState().sequence());
        assertEquals(1, begun.size(), "the network is being made all the same");
        sync();
        assertTrue(reply.isDone());
        assertEquals(List.of(3L), shown);
        assertEquals(3, loop.durableState().sequence());
        assertTrue(loop.idle());
    }

    @Test
    void repliesComeInTheOrderOfTheirEntriesAndRefusalsAmongThem() {
        List<String> order = new ArrayList<>();
        submit(image("a")).thenAccept(reply -> order.add("a"));
        submit(new ImageCommand.TagImage("missing", "b")).thenAccept(reply -> order.add("refused"));
        submit(image("c")).thenAccept(reply -> order.add("c"));
        thread.run();
        loop.durable(2);
        assertEquals(List.of("a", "refused"), order);
        sync();
        assertEquals(List.of("a", "refused", "c"), order);
    }

    @Test
    void aSyncTellsOnlyThoseWhoseEntriesItCovers() {
        CompletableFuture<Reply> first = submit(image("a"));
        thread.run();
        long synced = log.sync();
        CompletableFuture<Reply> second = submit(image("b"));
        thread.run();
        loop.durable(synced);
        assertTrue(first.isDone());
        assertFalse(second.isDone());
        assertEquals(synced, loop.durableState().sequence());
    }

    @Test
    void whatChangesNothingIsAnsweredWithoutASync() {
        submit(image("a"));
        thread.run();
        sync();
        CompletableFuture<Reply> again = submit(image("a"));
        thread.run();
        assertTrue(again.isDone());
        assertEquals(1, syncRequests);
    }

    @Test
    void whatChangesNothingButRestsOnWhatIsNotDurableWaits() {
        submit(image("a"));
        thread.run();
        CompletableFuture<Reply> again = submit(image("a"));
        thread.run();
        assertFalse(again.isDone());
        sync();
        assertTrue(again.isDone());
    }

    @Test
    void whatDestroysDataBeginsWhenItsIntentIsDurable() {
        submit(image("a"));
        CompletableFuture<Reply> removal = submit(new ImageCommand.RemoveImage("a", false));
        thread.run();
        assertEquals(List.of(), begun);
        sync();
        assertEquals(1, begun.size());
        Effect.RemoveImage effect = assertInstanceOf(Effect.RemoveImage.class, begun.getFirst());
        assertFalse(removal.isDone(), "its outcome is not known yet");
        loop.submit(
                new Report.CompleteStep(new dev.stowbook.supervisor.event.StepEvent.ImageRemoved(
                        effect.step(), effect.image(), 1)),
                Actor.daemon("host"), 4, "");
        thread.run();
        assertFalse(removal.isDone(), "its outcome is not durable yet");
        sync();
        assertTrue(removal.isDone());
    }

    @Test
    void aFullDiskRefusesUsersAndTriesNewsOfTheHostAgain() {
        submit(daemon());
        thread.run();
        sync();
        var network = loop.durableState().networks().firstKey();
        log.full(true);
        CompletableFuture<Reply> user = submit(image("a"));
        loop.submit(new DaemonCommand.NetworkIsReady(network, "br0"), Actor.daemon("host"), 0, "");
        loop.submit(new Report.ReportRulesRepaired(List.of("one rule")), Actor.daemon("host"), 0, "");
        thread.run();
        Reply.Refused refused = assertInstanceOf(Reply.Refused.class, user.join());
        assertEquals(ErrorCode.DISK_FULL, refused.code());
        thread.runLater();
        assertEquals(1, log.entries().size());
        log.full(false);
        thread.runLater();
        assertEquals(3, log.entries().size());
        assertEquals(List.of(), faults);
    }

    @Test
    void newsOfTheHostKeepsItsOrderOverAFullDisk() {
        log.full(true);
        loop.submit(rules("first"), Actor.daemon("host"), 0, "");
        thread.run();
        log.full(false);
        loop.submit(rules("second"), Actor.daemon("host"), 0, "");
        thread.run();
        assertEquals(0, log.entries().size(), "the second waits for the first");
        assertFalse(loop.idle());
        loop.submit(rules("third"), Actor.daemon("host"), 0, "");
        thread.runLater();
        assertEquals(
                List.of("first", "second", "third"),
                log.entries().stream()
                        .map(entry -> new String(entry.events().getFirst().data(), StandardCharsets.UTF_8))
                        .map(json -> json.replaceAll(".*\\[\"|\"].*", ""))
                        .toList());
    }

    private static Command rules(String repaired) {
        return new Report.ReportRulesRepaired(List.of(repaired));
    }

    @Test
    void aRefusedEntryLeavesTheStateAsItWas() {
        log.full(true);
        submit(image("a"));
        thread.run();
        log.full(false);
        submit(new ImageCommand.TagImage("a", "b")).thenAccept(reply -> assertInstanceOf(Reply.Refused.class, reply));
        thread.run();
        assertEquals(0, log.entries().size());
        assertTrue(loop.idle());
    }

    @Test
    void aFaultHaltsTheLoop() {
        RuntimeException bug = new IllegalStateException("a bug");
        format = new EventFormat() {
            @Override
            public EventRecord encode(Event event) {
                throw bug;
            }

            @Override
            public Event decode(EventRecord record) throws LogException {
                throw bug;
            }
        };
        loop = loop();
        CompletableFuture<Reply> first = submit(image("a"));
        submit(image("b"));
        thread.run();
        submit(image("c"));
        thread.run();
        assertSame(bug, faults.getFirst());
        assertEquals(1, faults.size(), "nothing is done after the first");
        assertFalse(first.isDone());
        assertEquals(0, log.entries().size());
    }

    @Test
    void aPodThatNobodyKnowsIsRefusedWithTheReasonAndWithoutAnEntry() {
        CompletableFuture<Reply> reply = submit(new PodCommand.StartPod("web"));
        thread.run();
        assertEquals(new Reply.Refused(ErrorCode.NOT_FOUND, "there is no pod web"), reply.join());
        assertEquals(0, log.entries().size());
    }
}

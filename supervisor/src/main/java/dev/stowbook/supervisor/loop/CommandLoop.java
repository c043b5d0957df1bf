package dev.stowbook.supervisor.loop;

import dev.stowbook.supervisor.command.BuildCommand;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.NetworkCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.command.VolumeCommand;
import dev.stowbook.supervisor.decide.Decider;
import dev.stowbook.supervisor.decide.Decision;
import dev.stowbook.supervisor.decide.DecisionInputs;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.effect.EffectPlanner;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.log.EntryDraft;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventLog;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogHead;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The one writer. Takes a batch of commands, decides each against the working state, appends what was decided, applies it, and
 * lets the kernel work begin at once; the sync runs beside it, and replies and readers wait for that.
 */
public final class CommandLoop {
    private static final int BATCH = 256;
    private static final Duration RETRY_FULL_DISK = Duration.ofSeconds(1);

    /** What the loop is built on; {@code fault} is called with what it cannot go on after. */
    public record Parts(
            LoopThread thread,
            EventLog log,
            EventFormat format,
            Decider decider,
            DecisionInputs inputs,
            EffectSink effects,
            SyncRequests sync,
            Consumer<Throwable> fault) {}

    /** A state and the log as it was when it had just come to be. */
    public record Published(LogHead head, State state) {}

    private record HeldEffect(long sequence, Effect effect, Cause cause) {}

    private final Parts parts;
    private final Queue<Submission> inbox = new ConcurrentLinkedQueue<>();
    private final Deque<Submission> withoutRoom = new ArrayDeque<>();
    private final Deque<Submission> triedAgain = new ArrayDeque<>();
    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    private final Replies replies = new Replies();
    private final Deque<Published> unpublished = new ArrayDeque<>();
    private final Deque<HeldEffect> heldEffects = new ArrayDeque<>();
    private final List<Consumer<State>> readers = new ArrayList<>();
    private final List<Consumer<Published>> archivers = new ArrayList<>();
    private State state;
    private volatile State durableState;
    private boolean broken;

    public CommandLoop(Parts parts, State recovered) {
        this.parts = parts;
        this.state = recovered;
        this.durableState = recovered;
    }

    /** Hands a command in. Any thread. The reply comes on the loop's thread, when everything it rests on is durable. */
    public CompletableFuture<Reply> submit(Command command, Actor actor, long causeSequence, String request) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        inbox.add(new Submission(command, actor, causeSequence, request, reply));
        scheduleDrain();
        return reply;
    }

    /** The newest state that a reader may see. Any thread. */
    public State durableState() {
        return durableState;
    }

    /** Tells a reader of every new durable state, on the loop's thread. To be called before the loop runs, or on its thread. */
    public void onDurable(Consumer<State> reader) {
        readers.add(reader);
    }

    /** As {@link #onDurable}, with the log's head that belongs to the state: for whoever takes snapshots. */
    public void onDurableHead(Consumer<Published> archiver) {
        archivers.add(archiver);
    }

    /** The log is durable up to a sequence. Loop thread. */
    public void durable(long sequence) {
        Published newest = null;
        while (!unpublished.isEmpty() && unpublished.peek().head().sequence() <= sequence) {
            newest = unpublished.poll();
        }
        if (newest != null) {
            durableState = newest.state();
            for (Consumer<State> reader : readers) {
                reader.accept(newest.state());
            }
            for (Consumer<Published> archiver : archivers) {
                archiver.accept(newest);
            }
        }
        replies.durable(sequence);
        while (!heldEffects.isEmpty() && heldEffects.peek().sequence() <= sequence) {
            HeldEffect held = heldEffects.poll();
            begin(held.effect(), held.sequence(), held.cause());
        }
    }

    /** Begins an effect that the recovered state implies: pending steps and timers, after a restart. Loop thread. */
    public void resume(Effect effect, long sequence) {
        begin(effect, sequence, new Cause("Recover", sequence, ""));
    }

    /** Whether nothing is on its way here and nobody waits. Loop thread. */
    public boolean idle() {
        return inbox.isEmpty() && withoutRoom.isEmpty() && triedAgain.isEmpty() && replies.open() == 0 && heldEffects.isEmpty();
    }

    private void scheduleDrain() {
        if (drainScheduled.compareAndSet(false, true)) {
            parts.thread().execute(this::drain);
        }
    }

    private void drain() {
        drainScheduled.set(false);
        if (broken) {
            return;
        }
        long before = state.sequence();
        try {
            for (int i = 0; i < BATCH && !broken; i++) {
                Submission submission = triedAgain.isEmpty() ? inbox.poll() : triedAgain.poll();
                if (submission == null) {
                    break;
                }
                take(submission);
            }
        } catch (RuntimeException | Error fault) {
            fail(fault);
            return;
        }
        if (state.sequence() > before) {
            parts.sync().request();
        } else {
            replies.durable(durableState.sequence());
        }
        if (!inbox.isEmpty() || !triedAgain.isEmpty()) {
            scheduleDrain();
        }
    }

    private void take(Submission submission) {
        if (!withoutRoom.isEmpty() && isNews(submission.command())) {
            withoutRoom.add(submission);
            return;
        }
        switch (parts.decider().decide(state, submission.command(), parts.inputs())) {
            case Decision.Rejected(ErrorCode code, String message) -> replies.refuse(
                    state, new Reply.Refused(code, message), submission.reply());
            case Decision.Accepted accepted -> {
                if (accepted.events().isEmpty() || append(submission, accepted)) {
                    replies.promise(state, accepted.await(), accepted.answer(), submission.reply());
                }
            }
        }
    }

    private boolean append(Submission submission, Decision.Accepted accepted) {
        long first = state.sequence() + 1;
        Instant time = accepted.time();
        Cause cause =
                new Cause(submission.command().name(), submission.causeSequence(), submission.request());
        List<EventRecord> records = new ArrayList<>(accepted.events().size());
        for (Event event : accepted.events()) {
            records.add(parts.format().encode(event));
        }
        try {
            parts.log().append(new EntryDraft(first, time, cause, submission.actor(), records));
        } catch (LogException e) {
            notAppended(submission, e);
            return false;
        }
        state = accepted.state();
        unpublished.add(new Published(parts.log().head(), state));
        replies.applied(state);
        letGo(accepted.events(), first, time, cause);
        return true;
    }

    /** What the entry implies begins now; what destroys data waits until the entry is durable. */
    private void letGo(List<Event> events, long first, Instant time, Cause cause) {
        for (int i = 0; i < events.size(); i++) {
            long sequence = first + i;
            for (Effect effect : EffectPlanner.plan(state, new Recorded(sequence, time, events.get(i)))) {
                if (effect.afterDurable()) {
                    heldEffects.add(new HeldEffect(sequence, effect, cause));
                } else {
                    begin(effect, sequence, cause);
                }
            }
        }
    }

    private void begin(Effect effect, long sequence, Cause cause) {
        if (effect instanceof Effect.Schedule(Instant at, TimerCommand command)) {
            Duration delay = Duration.between(parts.inputs().now(), at);
            parts.thread()
                    .schedule(
                            delay.isNegative() ? Duration.ZERO : delay,
                            () -> submit(command, Actor.daemon("timer"), sequence, cause.request()));
        } else {
            parts.effects().begin(effect, sequence, cause);
        }
    }

    /**
     * A full disk refuses users at once; what the kernel did has to be written down, so that is tried again, and in its order: an
     * end that overtook its start would be taken for that of an earlier attempt.
     */
    private void notAppended(Submission submission, LogException e) {
        if (e.code() != LogException.Code.DISK_FULL) {
            fail(e);
        } else if (isNews(submission.command())) {
            withoutRoom.add(submission);
            parts.thread().schedule(RETRY_FULL_DISK, () -> {
                triedAgain.addAll(withoutRoom);
                withoutRoom.clear();
                scheduleDrain();
            });
        } else {
            replies.refuse(state, new Reply.Refused(ErrorCode.DISK_FULL, e.getMessage()), submission.reply());
        }
    }

    private static boolean isNews(Command command) {
        return switch (command) {
            case Report report -> true;
            case TimerCommand timer -> true;
            case DaemonCommand c -> switch (c) {
                case DaemonCommand.NetworkIsReady ready -> true;
                case DaemonCommand.NetworkIsMissing missing -> true;
                case DaemonCommand.NetworkIsGone gone -> true;
                case DaemonCommand.NetworkIsStuck stuck -> true;
                case DaemonCommand.CreateInstance create -> false;
                case DaemonCommand.StartDaemon start -> false;
                case DaemonCommand.StopDaemon stop -> false;
            };
            case PodCommand c -> false;
            case ContainerCommand c -> false;
            case NetworkCommand c -> false;
            case ImageCommand c -> false;
            case BuildCommand c -> false;
            case VolumeCommand c -> false;
        };
    }

    private void fail(Throwable fault) {
        broken = true;
        parts.fault().accept(fault);
    }
}

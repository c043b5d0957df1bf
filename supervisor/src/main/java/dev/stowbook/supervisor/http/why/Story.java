package dev.stowbook.supervisor.http.why;

import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerKilling;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerStarting;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerStopping;
import dev.stowbook.supervisor.event.ContainerEvent.KeeperLost;
import dev.stowbook.supervisor.event.ContainerEvent.OomKilled;
import dev.stowbook.supervisor.event.ContainerEvent.ProcessExited;
import dev.stowbook.supervisor.event.ContainerEvent.RestartCancelled;
import dev.stowbook.supervisor.event.ContainerEvent.RestartScheduled;
import dev.stowbook.supervisor.event.ContainerEvent.StopRequested;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.PodEvent.PodCreated;
import dev.stowbook.supervisor.event.PodEvent.PodRemovalRequested;
import dev.stowbook.supervisor.event.PodEvent.PodRemoved;
import dev.stowbook.supervisor.event.PodEvent.PodReplacementRequested;
import dev.stowbook.supervisor.event.PodEvent.PodRestartScheduled;
import dev.stowbook.supervisor.event.PodEvent.PodStarting;
import dev.stowbook.supervisor.event.PodEvent.PodStopped;
import dev.stowbook.supervisor.event.PodEvent.PodStopping;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.event.StepEvent.ProcessStarted;
import dev.stowbook.supervisor.event.StepEvent.ProcessesKilled;
import dev.stowbook.supervisor.event.StepEvent.SignalSent;
import dev.stowbook.supervisor.event.StepEvent.StepFailed;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.stream.Subjects;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The facts about one subject, and which of them led to which. */
final class Story {
    private final List<Fact> facts;

    /** @param facts in the order of the book */
    Story(List<Fact> facts) {
        this.facts = facts;
    }

    /** Whether an event that names a subject's id is about it. */
    static boolean concerns(Event event, Subject subject) {
        return switch (subject) {
            case Subject.OfImage image -> image.isToldBy(event);
            case Subject.OfNetwork network -> network.isToldBy(event);
            case Subject.OfVolume volume -> volume.isToldBy(event);
            case Subject.OfPod pod -> Subjects.pod(event).filter(pod.id()::equals).isPresent();
            case Subject.OfContainer container -> Subjects.pod(event).filter(container.pod()::equals).isPresent()
                    && Subjects.container(event).map(container.id()::equals).orElse(true);
        };
    }

    List<Fact> newestFirst() {
        return facts.reversed();
    }

    /** The facts since an event of a type came last, that one included, newest first. */
    List<Fact> sinceLast(Class<? extends Event> beginning) {
        List<Fact> since = new ArrayList<>();
        for (Fact fact : facts.reversed()) {
            since.add(fact);
            if (beginning.isInstance(fact.event())) {
                break;
            }
        }
        return since;
    }

    /** The newest fact that says where the subject stands, with everything that led to it, newest first. */
    List<Fact> chain(boolean ofPod) {
        TreeMap<Long, Fact> chain = new TreeMap<>();
        for (Fact fact : facts.reversed()) {
            if (says(fact.event(), ofPod)) {
                collect(fact, chain);
                break;
            }
        }
        return new ArrayList<>(chain.descendingMap().values());
    }

    private void collect(Fact fact, TreeMap<Long, Fact> chain) {
        List<Fact> open = new ArrayList<>(List.of(fact));
        while (!open.isEmpty()) {
            Fact next = open.removeLast();
            if (chain.put(next.sequence(), next) == null) {
                open.addAll(causes(next));
            }
        }
    }

    /** Whether an event is news about where a container stands (or a pod), not only a step on the way. */
    private static boolean says(Event event, boolean ofPod) {
        return switch (event) {
            case ContainerEvent.ContainerCreated e -> false;
            case ContainerEvent.PidsExhausted e -> false;
            case ContainerEvent.OutputDropped e -> false;
            case ContainerEvent e -> true;
            case PodStopping e -> ofPod;
            case PodStopped e -> ofPod;
            case PodEvent.PodRemoving e -> false;
            case PodEvent e -> true;
            case ProcessStarted e -> true;
            case StepFailed e -> true;
            default -> false; // steps that went well and what is about others
        };
    }

    /** What led to a fact directly; none if somebody's word did. */
    List<Fact> causes(Fact fact) {
        return switch (fact.event()) {
            case ProcessExited e -> ofExit(fact, e);
            case ProcessesKilled e -> at(e.step().operation());
            case SignalSent e -> at(e.step().operation());
            case StepEvent.ProcessesThawed e -> at(e.step().operation());
            case ProcessStarted e -> both(at(e.step().operation()), volumes(e.step().operation()));
            case StepFailed e -> at(e.step().operation());
            case ContainerKilling e -> fact.cause().command().equals("GraceExpired")
                    ? at(fact.cause().sequence())
                    : together(fact, StopRequested.class, KeeperLost.class, StepFailed.class);
            case ContainerStopping e -> before(fact, each -> each.event() instanceof StopRequested s && s.container().equals(e.container()));
            case StopRequested e -> together(fact, PodRemovalRequested.class, PodReplacementRequested.class);
            case ContainerStarting e -> at(fact.cause().sequence());
            case RestartScheduled e -> before(fact, each -> each.event() instanceof ProcessExited x && x.container().equals(e.container()));
            case RestartCancelled e -> before(fact, each -> each.event() instanceof StopRequested s && s.container().equals(e.container()));
            case ContainerEvent.ContainerPausing e -> newsBefore(fact, e.container());
            case ContainerEvent.ContainerResuming e -> newsBefore(fact, e.container());
            case ContainerEvent.ContainerSignalling e -> newsBefore(fact, e.container());
            case ContainerEvent.ContainerUpdating e -> newsBefore(fact, e.container());
            case ContainerEvent.FilesCopiedIn e -> newsBefore(fact, e.container());
            case ContainerEvent.PressureRose e -> newsBefore(fact, e.container());
            case PodStarting e -> fact.cause().command().equals("PodRestartDue")
                    ? at(fact.cause().sequence())
                    : together(fact, PodCreated.class);
            case PodStopped e -> before(fact, each -> each.event() instanceof PodStopping);
            case PodStopping e -> before(fact, each -> each.event() instanceof ProcessExited || each.event() instanceof StepFailed);
            case PodRestartScheduled e -> before(fact, each -> each.event() instanceof StepFailed || each.event() instanceof ProcessExited);
            case PodRemoved e -> both(
                    before(fact, each -> each.event() instanceof PodRemovalRequested || each.event() instanceof PodReplacementRequested),
                    before(fact, each -> each.event() instanceof ProcessExited));
            default -> List.of(); // the others are somebody's word, or the kernel's
        };
    }

    /** What was so before something happened to a container that changed neither its start nor its end. */
    private List<Fact> newsBefore(Fact fact, ContainerId container) {
        return before(fact, each -> says(each.event(), false) && Subjects.container(each.event()).filter(container::equals).isPresent());
    }

    private List<Fact> ofExit(Fact fact, ProcessExited exit) {
        if (exit.exit().kind() == ExitStatus.Kind.START_FAILED) {
            return before(fact, each -> each.event() instanceof StepFailed);
        }
        List<Fact> forced = before(fact, each -> ofAttempt(each, exit)
                && (each.event() instanceof ProcessesKilled || each.event() instanceof SignalSent || each.event() instanceof KeeperLost));
        List<Fact> memory = exit.oomKilled()
                ? before(fact, each -> ofAttempt(each, exit) && each.event() instanceof OomKilled)
                : List.of();
        List<Fact> all = both(forced, memory);
        return all.isEmpty()
                ? before(fact, each -> each.event() instanceof ProcessStarted s
                        && s.container().equals(exit.container())
                        && s.attempt() == exit.attempt())
                : all;
    }

    /** Whether a fact about that container falls between the start of that attempt and its end. */
    private boolean ofAttempt(Fact fact, ProcessExited exit) {
        long started = start(exit).map(Fact::sequence).orElse(0L);
        return fact.sequence() > started
                && Subjects.container(fact.event()).map(exit.container()::equals).orElse(false);
    }

    /** The fact that a process was started which later ended so. */
    Optional<Fact> start(ProcessExited exit) {
        return facts.stream()
                .filter(each -> each.event() instanceof ProcessStarted s
                        && s.container().equals(exit.container())
                        && s.attempt() == exit.attempt())
                .reduce((first, second) -> second);
    }

    /** How often the kernel killed for memory during the attempt that ended so. */
    long oomKills(Fact fact, ProcessExited exit) {
        return facts.stream()
                .filter(each -> each.sequence() < fact.sequence() && ofAttempt(each, exit))
                .mapToLong(each -> each.event() instanceof OomKilled oom ? oom.oomKills() : 0)
                .sum();
    }

    /** The word of a user that a fact goes back to, if one is behind it. */
    Optional<Fact> userBehind(Fact fact) {
        TreeMap<Long, Fact> chain = new TreeMap<>();
        causes(fact).forEach(cause -> collectUntilStart(cause, chain));
        return chain.values().stream()
                .filter(each -> each.actor().kind() == dev.stowbook.supervisor.event.Actor.Kind.USER)
                .findFirst();
    }

    private void collectUntilStart(Fact fact, TreeMap<Long, Fact> chain) {
        if (fact.event() instanceof ProcessStarted || chain.put(fact.sequence(), fact) != null) {
            return;
        }
        causes(fact).forEach(cause -> collectUntilStart(cause, chain));
    }

    private static List<Fact> both(List<Fact> some, List<Fact> others) {
        List<Fact> all = new ArrayList<>(some);
        all.addAll(others);
        return all;
    }

    private List<Fact> at(long sequence) {
        return facts.stream().filter(fact -> fact.sequence() == sequence).toList();
    }

    /** The volumes that were made usable in one operation. */
    private List<Fact> volumes(long operation) {
        return facts.stream()
                .filter(fact -> switch (fact.event()) {
                    case StepEvent.VolumeMounted e -> e.step().operation() == operation;
                    case StepEvent.VolumeFilled e -> e.files() > 0 && e.step().operation() == operation;
                    case Event other -> false;
                })
                .toList();
    }

    @SafeVarargs
    private List<Fact> together(Fact fact, Class<? extends Event>... types) {
        List<Fact> found = new ArrayList<>();
        for (Fact each : facts) {
            boolean wanted = java.util.Arrays.stream(types).anyMatch(type -> type.isInstance(each.event()));
            if (wanted && each.entry() == fact.entry() && each.sequence() < fact.sequence() && sameContainer(each, fact)) {
                found.add(each);
            }
        }
        return found;
    }

    private static boolean sameContainer(Fact one, Fact other) {
        Optional<ContainerId> a = Subjects.container(one.event());
        Optional<ContainerId> b = Subjects.container(other.event());
        return a.isEmpty() || b.isEmpty() || a.equals(b);
    }

    private List<Fact> before(Fact fact, Predicate<Fact> wanted) {
        for (Fact each : facts.reversed()) {
            if (each.sequence() < fact.sequence() && wanted.test(each)) {
                return List.of(each);
            }
        }
        return List.of();
    }
}

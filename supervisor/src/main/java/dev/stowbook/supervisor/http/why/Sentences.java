package dev.stowbook.supervisor.http.why;

import dev.stowbook.supervisor.decide.Signals;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.BuildEvent;
import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.ContainerEvent.ProcessExited;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.NetworkEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.event.VolumeEvent;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.EndpointAddress;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PauseReason;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.SubnetSpec;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Facts in words that a user understands. */
final class Sentences {
    private final Story story;
    private final Function<PodId, String> podNames;

    /** @param podNames what users call a pod */
    Sentences(Story story, Function<PodId, String> podNames) {
        this.story = story;
        this.podNames = podNames;
    }

    String of(Fact fact) {
        return switch (fact.event()) {
            case ContainerEvent e -> container(fact, e);
            case PodEvent e -> pod(fact, e);
            case StepEvent e -> step(e);
            case ImageEvent e -> ContentSentences.image(fact, e);
            case BuildEvent e -> ContentSentences.build(fact, e);
            case TransferEvent e -> ContentSentences.transfer(fact, e);
            case NetworkEvent e -> network(fact, e);
            case VolumeEvent e -> volume(fact, e);
            case Event e -> e.getClass().getSimpleName();
        };
    }

    private String container(Fact fact, ContainerEvent event) {
        return switch (event) {
            case ContainerEvent.ContainerCreated e -> "created in its pod from image " + e.image() + who(fact);
            case ContainerEvent.ContainerStarting e -> "is started, for the " + ordinal(e.attempt()) + " time" + who(fact);
            case ContainerEvent.StopRequested e -> "is to end (" + e.reason() + ")" + who(fact) + ", grace period "
                    + seconds(Duration.ofMillis(e.graceMillis()));
            case ContainerEvent.ContainerStopping e -> "gets SIG" + e.signal() + " and is killed if it still runs at " + e.deadline();
            case ContainerEvent.ContainerSignalling e -> "gets SIG" + e.signal() + who(fact);
            case ContainerEvent.ContainerPausing e -> (e.reason() == PauseReason.COMMIT ? "stands still to be committed" : "is paused") + who(fact);
            case ContainerEvent.ContainerResuming e -> "goes on (" + e.reason() + ")" + who(fact);
            case ContainerEvent.ContainerKilling e -> "is killed (" + e.reason() + ")" + who(fact);
            case ContainerEvent.ContainerUpdating e -> "gets other limits"
                    + (e.steps().isEmpty() ? " from its next start on" : "") + who(fact);
            case ContainerEvent.KeeperLost e -> "its keeper is gone";
            case ProcessExited e -> exit(fact, e);
            case ContainerEvent.RestartScheduled e -> "is started again at " + e.at() + " (" + e.reason() + ")";
            case ContainerEvent.RestartCancelled e -> "is not started again after all" + who(fact);
            case ContainerEvent.OomKilled e -> "ran out of memory: the kernel killed "
                    + (e.oomKills() == 1 ? "a process" : e.oomKills() + " processes") + " in it";
            case ContainerEvent.PidsExhausted e -> "could not fork: " + limit(e.group(), e.container().value()) + " of pids is reached";
            case ContainerEvent.PressureRose e -> (e.kind().equals("full") ? "all" : "some") + " of its processes stood still for "
                    + e.resource() + ", " + e.stallMillis() + " of " + e.windowMillis() + " ms or more";
            case ContainerEvent.FilesCopiedIn e -> e.entries() + (e.entries() == 1 ? " file (" : " files (") + e.bytes() + " bytes) copied into its "
                    + e.path() + (e.complete() ? "" : ", and then no more") + who(fact);
            case ContainerEvent.OutputDropped e -> e.bytes() + " bytes of its output could not be written";
        };
    }

    private static String limit(String group, String container) {
        return group.equals(container) ? "its limit" : "its pod's limit";
    }

    private String exit(Fact fact, ProcessExited e) {
        ExitStatus exit = e.exit();
        String how = switch (exit.kind()) {
            case EXITED -> "exit " + exit.code();
            case SIGNALLED -> "SIG" + signal(exit.signal().orElse(exit.code() - 128)) + ", exit " + exit.code();
            case START_FAILED -> "could not be started: " + exit.message() + ", exit " + exit.code();
            case KEEPER_LOST -> "its keeper is gone and what it ran was killed, exit " + exit.code();
            case HOST_REBOOTED -> "ended when the host was started anew, exit " + exit.code();
        };
        return reason(fact, e) + how + ran(fact, e) + (exit.observedLate() ? ", while the daemon was away" : "");
    }

    private String reason(Fact fact, ProcessExited e) {
        boolean ran = e.exit().kind() == ExitStatus.Kind.EXITED || e.exit().kind() == ExitStatus.Kind.SIGNALLED;
        if (!ran) {
            return "";
        }
        long oomKills = story.oomKills(fact, e);
        if (e.oomKilled() || oomKills > 0) {
            return "ran out of memory (" + Math.max(1, oomKills) + " OOM kill" + (oomKills > 1 ? "s" : "") + "), ";
        }
        Optional<Fact> forced = story.causes(fact).stream()
                .filter(cause -> cause.event() instanceof StepEvent.ProcessesKilled || cause.event() instanceof StepEvent.SignalSent)
                .findFirst();
        if (forced.isEmpty()) {
            return e.exit().kind() == ExitStatus.Kind.EXITED ? "ended by itself, " : "ended, ";
        }
        String verb = forced.get().event() instanceof StepEvent.ProcessesKilled ? "killed" : "stopped";
        return verb + story.userBehind(fact).map(Sentences::who).orElse("") + ", ";
    }

    private String ran(Fact fact, ProcessExited e) {
        return story.start(e)
                .map(start -> Duration.between(start.time(), e.exit().finishedAt()))
                .filter(duration -> !duration.isNegative())
                .map(duration -> ", after " + seconds(duration))
                .orElse("");
    }

    private String pod(Fact fact, PodEvent event) {
        return switch (event) {
            case PodEvent.PodCreated e -> "pod " + e.spec().name() + " was created" + who(fact) + locks(e.spec());
            case PodEvent.PodStarting e -> "pod is started" + who(fact);
            case PodEvent.AddressReassigned e -> "address " + String.join(", ", e.refused()) + " is taken on the host; it gets "
                    + String.join(", ", e.addresses().stream().map(EndpointAddress::address).toList());
            case PodEvent.PodConnecting e -> "pod is connected to one more network, as " + e.endpoint().interfaceName() + who(fact);
            case PodEvent.PodDisconnecting e -> "pod is taken off a network: " + e.reason() + who(fact);
            case PodEvent.PodUpdating e -> "pod gets other limits"
                    + (e.steps().isEmpty() ? " from its next start on" : "") + who(fact);
            case PodEvent.PodStopping e -> "pod is taken down: " + e.reason();
            case PodEvent.PodStopped e -> "pod is stopped";
            case PodEvent.PodRestartScheduled e -> "pod is tried again at " + e.at() + ", after " + e.failures() + " failures in a row";
            case PodEvent.PodRestartCancelled e -> "pod is not tried again" + who(fact);
            case PodEvent.PodRemovalRequested e -> "pod is to be removed" + who(fact);
            case PodEvent.PodReplacementRequested e -> "pod is replaced: its manifest has changed" + who(fact) + locks(e.spec());
            case PodEvent.PodReplacementFailed e -> "pod was removed, but could not be made anew: " + e.reason();
            case PodEvent.PodRemoving e -> "pod's layers and files go";
            case PodEvent.PodRemoved e -> "pod was removed" + story.userBehind(fact).map(Sentences::who).orElse("");
        };
    }

    /** {@code ", image app:1 locked as sha256:..."}; empty if nothing is. */
    private static String locks(PodSpec pod) {
        StringBuilder locks = new StringBuilder();
        for (ContainerSpec container : pod.containers()) {
            container.pin().ifPresent(pin -> locks.append(", image ").append(container.image()).append(" locked as ")
                    .append(pin.manifest().orElse(pin.image())));
        }
        return locks.toString();
    }

    private String step(StepEvent event) {
        return switch (event) {
            case StepEvent.ProcessStarted e -> "runs, pid " + e.process().pid()
                    + (e.attempt() > 1 ? ", started for the " + ordinal(e.attempt()) + " time" : "");
            case StepEvent.EndpointRouted e -> "one of its networks " + (e.defaultRoute() ? "takes over" : "gives up") + " the pod's default route";
            case StepEvent.ProcessesThawed e -> "its processes go on";
            case StepEvent.CgroupUpdated e -> "its limits were written: " + e.written()
                    + (e.clamped().isEmpty() ? "" : "; " + String.join("; ", e.clamped()));
            case StepEvent.SignalSent e -> "was sent SIG" + e.signal();
            case StepEvent.ProcessesKilled e -> "all its processes (" + e.processes() + ") were sent SIGKILL";
            case StepEvent.StepFailed e -> "step " + e.step().name() + " failed: " + e.message();
            case StepEvent.BuildFinished e -> "build " + e.build() + " is done, in " + seconds(Duration.ofNanos(e.tookMicros() * 1000));
            case StepEvent.BuildFailed e -> "build " + e.build() + " failed: " + e.message();
            case StepEvent.ImageRemoved e -> "its content is gone from the store";
            case StepEvent.VolumePrepared e -> "volume " + e.volume() + " is there";
            case StepEvent.VolumePreparationFailed e -> "volume " + e.volume() + " could not be made: " + e.message();
            case StepEvent.VolumeMounted e -> e.volume().map(name -> "volume " + name).orElse("path") + " is used by pod " + podNames.apply(e.pod())
                    + " from " + e.source().path();
            case StepEvent.VolumeUnmounted e -> "volume " + e.volume() + " is used by pod " + podNames.apply(e.pod()) + " no longer";
            case StepEvent.VolumeRemovalFailed e -> "volume " + e.volume() + " could not be removed: " + e.message();
            case StepEvent.VolumeFilled e -> "volume " + e.volume() + (e.files() == 0
                    ? " took nothing from the image"
                    : " took " + e.files() + " files from the image's " + e.path());
            case StepEvent.VolumeRemoved e -> "volume " + e.volume() + " is gone with all that was in it";
            case StepEvent.ImageRemovalFailed e -> "its content could not be removed: " + e.message();
            case StepEvent e -> e.getClass().getSimpleName();
        };
    }

    private static String network(Fact fact, NetworkEvent event) {
        return switch (event) {
            case NetworkEvent.NetworkCreated e -> "network " + e.spec().name() + " was created with " + subnets(e.subnets()) + who(fact);
            case NetworkEvent.SubnetsReassigned e -> "the host uses " + subnets(e.refused()) + "; it gets " + subnets(e.subnets());
            case NetworkEvent.NetworkReady e -> "is there, as link " + e.link();
            case NetworkEvent.NetworkFailed e -> "could not be made: " + e.message();
            case NetworkEvent.NetworkRemoving e -> "is to go" + who(fact);
            case NetworkEvent.NetworkRemoved e -> "is gone";
            case NetworkEvent.NetworkRemovalFailed e -> "could not be removed: " + e.message();
            case NetworkEvent.RulesFlushed e -> "rules of ours were changed by somebody else: " + e.detail();
            case NetworkEvent.RulesRepaired e -> "rules were put back: " + String.join("; ", e.repaired());
        };
    }

    private static String subnets(List<SubnetSpec> subnets) {
        return String.join(" and ", subnets.stream().map(SubnetSpec::subnet).toList());
    }

    private String volume(Fact fact, VolumeEvent event) {
        return switch (event) {
            case VolumeEvent.VolumeCreated e -> "volume " + e.volume() + " was created, driver " + e.driver()
                    + e.owner().map(pod -> ", and goes with pod " + podNames.apply(pod)).orElse("") + who(fact);
            case VolumeEvent.VolumesBound e -> "pod " + podNames.apply(e.pod()) + " has it" + who(fact);
            case VolumeEvent.VolumeRemoving e -> "volume " + e.volume() + " is to go" + who(fact);
        };
    }

    /** {@code " by uid 0 (stowbook kill)"}; empty if it was no user's word. */
    static String who(Fact fact) {
        Actor actor = fact.actor();
        if (actor.kind() != Actor.Kind.USER || actor.uid().isEmpty()) {
            return "";
        }
        String command = fact.cause().command();
        String verb = switch (command) {
            case "KillContainer", "KillPod" -> "kill";
            case "StopContainer", "StopPod" -> "stop";
            case "RemovePods" -> "rm";
            case "ApplyPods" -> "apply";
            case "StartPod" -> "start";
            case "UpdateContainer", "UpdatePod" -> "update";
            case "BuildImage" -> "build";
            case "RegisterImages" -> "image load";
            case "TagImage" -> "image tag";
            case "PullImage" -> "pull";
            case "PushImage" -> "push";
            case "RemoveImage" -> "image rm";
            case "CreateNetwork" -> "network create";
            case "RemoveNetworks" -> "network rm";
            case "PruneNetworks" -> "network prune";
            case "ConnectPod" -> "network connect";
            case "DisconnectPod" -> "network disconnect";
            case "CreateVolume" -> "volume create";
            case "RemoveVolume" -> "volume rm";
            case "PruneVolumes" -> "volume prune";
            case "RecordCopy" -> "cp";
            case "PauseContainer", "PausePod" -> "pause";
            case "ResumeContainer", "ResumePod" -> "resume";
            default -> command;
        };
        return " by uid " + actor.uid().getAsInt() + (actor.name().equals("cli") ? " (stowbook " : " (API: ") + verb + ")";
    }

    private static String signal(int number) {
        return Signals.name(Integer.toString(number)).orElse(Integer.toString(number));
    }

    static String seconds(Duration duration) {
        BigDecimal seconds = BigDecimal.valueOf(duration.toMillis(), 3);
        return seconds.setScale(duration.toSeconds() >= 10 ? 0 : 1, RoundingMode.HALF_UP).stripTrailingZeros().toPlainString() + " s";
    }

    private static String ordinal(int number) {
        return switch (number) {
            case 1 -> "first";
            case 2 -> "second";
            case 3 -> "third";
            default -> number + "th";
        };
    }
}

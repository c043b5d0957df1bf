package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.ExecEvent;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ProcessConfig;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Lookup;
import dev.stowbook.supervisor.state.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Decides what users ask of containers. */
final class ContainerDecider {
    private ContainerDecider() {}

    static Decision decide(Draft draft, ContainerCommand command) {
        return switch (command) {
            case ContainerCommand.StopContainer c -> stop(draft, c);
            case ContainerCommand.KillContainer c -> kill(draft, c);
            case ContainerCommand.PauseContainer c -> Pausing.pause(draft, c.container());
            case ContainerCommand.ResumeContainer c -> Pausing.resume(draft, c.container());
            case ContainerCommand.HoldForCommit c -> Pausing.holdForCommit(draft, c.container());
            case ContainerCommand.ReleaseFromCommit c -> Pausing.releaseFromCommit(draft, c.container());
            case ContainerCommand.UpdateContainer c -> LimitsDecider.update(draft, c);
            case ContainerCommand.RecordCopy c -> record(draft, c);
            case ContainerCommand.StartExec c -> exec(draft, c);
        };
    }

    private static Decision stop(Draft draft, ContainerCommand.StopContainer command) {
        Container container = Draft.require(Lookup.container(draft.state(), command.container()));
        Pod pod = draft.state().pod(container.pod());
        long grace = command.graceMillis().orElse(pod.spec().terminationGrace().toMillis());
        PodDecider.requestStop(draft, container, grace, "asked to stop");
        Settling.settle(draft, pod.id(), false);
        return draft.accepted(
                new Answer.OneContainer(container.id(), pod.id()),
                new Await.ContainersSettled(List.of(container.id())));
    }

    private static Decision kill(Draft draft, ContainerCommand.KillContainer command) {
        Container container = Draft.require(Lookup.container(draft.state(), command.container()));
        requireRunning(draft, container);
        Await await = signal(draft, container, command.signal());
        return draft.accepted(new Answer.OneContainer(container.id(), container.pod()), await);
    }

    /** Sends a signal; KILL means all its processes, and that it is not started again. */
    static Await signal(Draft draft, Container container, String signal) {
        String name = Signals.name(signal)
                .orElseThrow(() -> Draft.reject(
                        ErrorCode.INVALID, "there is no signal " + signal + "; use a name such as TERM or a number"));
        if (name.equals("KILL")) {
            PodDecider.requestStop(draft, container, 0, "asked to kill");
            Container now = draft.state().container(container.id());
            if (!now.stop().map(Container.Stop::killing).orElse(false)) {
                Settling.kill(draft, now, "asked to kill");
            }
            return new Await.ContainersSettled(List.of(container.id()));
        }
        long sequence = draft.nextSequence();
        draft.emit(new ContainerEvent.ContainerSignalling(
                container.id(), container.pod(), name, Steps.signal(container)));
        return new Await.OperationsOver(List.of(sequence));
    }

    private static Decision record(Draft draft, ContainerCommand.RecordCopy command) {
        Container container = Draft.require(Lookup.container(draft.state(), command.container()));
        draft.emit(new ContainerEvent.FilesCopiedIn(
                container.id(), container.pod(), command.path(), command.entries(), command.bytes(), command.complete()));
        return draft.accepted(new Answer.OneContainer(container.id(), container.pod()), new Await.Entry());
    }

    private static Decision exec(Draft draft, ContainerCommand.StartExec command) {
        Container container = Draft.require(Lookup.container(draft.state(), command.container()));
        requireRunning(draft, container);
        if (container.paused()) {
            throw Draft.reject(ErrorCode.CONFLICT, "container " + name(draft, container) + " is paused: resume it first");
        }
        if (command.argv().isEmpty()) {
            throw Draft.reject(ErrorCode.INVALID, "exec needs a command");
        }
        ProcessConfig own = container.definition().process();
        List<String> env = new ArrayList<>(own.env());
        for (String variable : command.env()) {
            String prefix = variable.substring(0, variable.indexOf('=') + 1);
            if (prefix.isEmpty()) {
                throw Draft.reject(ErrorCode.INVALID, "not NAME=value: " + variable);
            }
            env.removeIf(old -> old.startsWith(prefix));
            env.add(variable);
        }
        if (command.tty() && env.stream().noneMatch(variable -> variable.startsWith("TERM="))) {
            env.add("TERM=xterm");
        }
        ProcessConfig process = new ProcessConfig(
                command.argv(),
                env,
                command.workingDir().orElse(own.workingDir()),
                command.user().orElse(own.user()),
                own.stopSignal());
        ExecId id = new ExecId(draft.inputs().newId());
        draft.emit(new ExecEvent.ExecStarting(
                id,
                container.id(),
                container.pod(),
                process,
                command.tty(),
                command.stdin(),
                command.attach(),
                Steps.exec(container)));
        return draft.accepted(new Answer.OneExec(id), new Await.ExecBegun(id));
    }

    static String name(Draft draft, Container container) {
        return draft.state().pod(container.pod()).spec().name() + "/" + container.name();
    }

    static void requireRunning(Draft draft, Container container) {
        if (container.running().isEmpty()) {
            String name = name(draft, container);
            throw Draft.reject(
                    ErrorCode.CONFLICT,
                    "container " + name + " is not running: it is " + container.phase().name().toLowerCase(Locale.ROOT));
        }
    }
}

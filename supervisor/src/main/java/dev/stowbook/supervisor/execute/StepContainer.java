package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.Fd;
import dev.stowbook.spi.graph.DiffRequest;
import dev.stowbook.supervisor.build.BuildException;
import dev.stowbook.supervisor.build.BuildHost;
import dev.stowbook.supervisor.build.ContainerChanges;
import dev.stowbook.supervisor.build.LayerFile;
import dev.stowbook.supervisor.command.BuildCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.decide.Answer;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.image.Spool;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.EnvVar;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.ProcessSpec;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import dev.stowbook.supervisor.model.StepSpec;
import dev.stowbook.supervisor.model.VolumeSpec;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs one command of a build in a pod like any other, and takes what it changed. */
final class StepContainer {
    private static final String NAME = "step";
    private static final String SHM = "shm";
    private static final long LOOK_MILLIS = 40;

    private final BuildSteps steps;
    private final BuildWork.Parts parts;
    private final BuildId build;
    private final StepSpec how;
    private final BuildSession session;

    StepContainer(BuildSteps steps, BuildWork.Parts parts, BuildId build, StepSpec how, BuildSession session) {
        this.steps = steps;
        this.parts = parts;
        this.build = build;
        this.how = how;
        this.session = session;
    }

    int run(BuildHost.Step step, BuildHost.Image image, BuildHost.RunCommand command, LayerFile changes) throws BuildException {
        PodSpec spec = pod(step, image, command);
        Answer.Pods made = (Answer.Pods) steps.ask(new PodCommand.ApplyPods(List.of(spec))).answer();
        PodId pod = new PodId(made.pods().getFirst().id());
        try {
            Container container = follow(pod);
            int code = exitCode(container, step);
            if (code == 0) {
                take(container, image, changes);
            }
            return code;
        } finally {
            remove(spec.name());
        }
    }

    private PodSpec pod(BuildHost.Step step, BuildHost.Image image, BuildHost.RunCommand command) {
        List<EnvVar> env = command.env().stream()
                .map(each -> new EnvVar(each.substring(0, each.indexOf('=')), each.substring(each.indexOf('=') + 1)))
                .toList();
        ContainerSpec container = new ContainerSpec(
                NAME, image.id(), command.argv(), List.of(), env, Optional.empty(), List.of(), how.resources(), process(),
                SecuritySpec.defaults(), shm().isEmpty() ? List.of() : List.of(new MountSpec(SHM, "/dev/shm", "", false, false, MountSpec.Propagation.NONE)),
                Optional.empty());
        TreeMap<String, String> labels = new TreeMap<>(Map.of(BuildId.LABEL, build.value()));
        return new PodSpec(
                "build-" + build + "-" + step.number(), labels, Optional.empty(), PodSpec.RestartPolicy.NEVER, Duration.ZERO, NamespaceSpec.defaults(),
                List.of(container), Optional.empty(), shm(), how.networking(), ResourceSpec.unlimited());
    }

    private ProcessSpec process() {
        ProcessSpec plain = ProcessSpec.defaults();
        return new ProcessSpec(
                plain.supplementalGroups(), plain.runAsNonRoot(), plain.oomScoreAdj(), how.ulimits(), plain.seccomp(), plain.devices(), plain.init(),
                plain.terminal(), plain.stopSignal());
    }

    private List<VolumeSpec> shm() {
        return how.shmBytes().isEmpty() ? List.of() : List.of(new VolumeSpec(
                SHM, Optional.of(new VolumeSpec.EmptyDir(true, how.shmBytes())), Optional.empty(), Optional.empty()));
    }

    /** Shows what it writes until nothing of it runs any more. */
    private Container follow(PodId pod) throws BuildException {
        CompletableFuture<Reply> stopped =
                parts.asker().ask(new BuildCommand.AwaitStep(build, pod), Actor.daemon("builder"), 0, "");
        ContainerId id = parts.newest().get().pod(pod).containers().getFirst();
        try (BuildWork.Output output = parts.outputs().of(id)) {
            while (true) {
                boolean over = isOver(stopped);
                show(output);
                if (over) {
                    break;
                }
            }
            if (output.hasGaps()) {
                steps.warn("some of the output above is missing: it was read more slowly than the container's log was rotated");
            }
        } catch (IOException e) {
            throw new BuildException(ErrorCode.INTERNAL, "the command's output cannot be read: " + e.getMessage(), e);
        }
        State state = parts.newest().get();
        Container container = state.containers().get(id);
        if (container == null) {
            throw new BuildException(ErrorCode.CONFLICT, "the container of the step was removed by somebody: build again");
        }
        return container;
    }

    private void show(BuildWork.Output output) throws IOException, BuildException {
        for (var lines = output.read(); !lines.isEmpty(); lines = output.read()) {
            for (Map.Entry<String, String> line : lines) {
                session.listener().output(line.getKey(), line.getValue());
            }
            steps.check();
        }
        steps.check();
    }

    private static boolean isOver(CompletableFuture<Reply> stopped) throws BuildException {
        try {
            return switch (stopped.get(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                case Reply.Granted granted -> true;
                case Reply.Refused(ErrorCode code, String message) -> throw new BuildException(code, message);
            };
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new BuildException(ErrorCode.INTERNAL, "the daemon failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BuildException(ErrorCode.UNAVAILABLE, "the daemon is ending: build again when it is back", e);
        }
    }

    private int exitCode(Container container, BuildHost.Step step) throws BuildException {
        Pod pod = parts.newest().get().pod(container.pod());
        if (container.exit().isEmpty()) {
            throw new BuildException(ErrorCode.INTERNAL, "the container of line " + step.line() + " could not be started: "
                    + pod.startFailure().orElse("it never ran"));
        }
        ExitStatus exit = container.exit().get();
        return switch (exit.kind()) {
            case EXITED, SIGNALLED -> exit.code();
            case START_FAILED -> throw new BuildException(ErrorCode.INVALID, "the command of line " + step.line() + " cannot be started: " + exit.message());
            case KEEPER_LOST, HOST_REBOOTED -> throw new BuildException(ErrorCode.UNAVAILABLE, "the command of line " + step.line()
                    + " was ended from outside (" + exit.message() + "): build again");
        };
    }

    private void take(Container container, BuildHost.Image image, LayerFile changes) throws BuildException {
        String layer = container.definition().layerId();
        try (Spool raw = Spool.open(parts.tmp());
                Fd below = steps.view(image)) {
            steps.driver("diff", layer, driver -> {
                driver.diff(new DiffRequest(layer, raw.output(), "build/" + build));
                return true;
            });
            ContainerChanges.write(raw.part(0, raw.size()), below, changes);
        } catch (IOException e) {
            throw new BuildException(ErrorCode.INTERNAL, "what the command changed cannot be taken: " + e.getMessage(), e);
        }
    }

    private void remove(String pod) throws BuildException {
        steps.ask(new PodCommand.RemovePods(List.of(pod), true, true, OptionalLong.of(0)));
    }
}

package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.BuildCommand;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.event.BuildEvent;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.state.Build;
import dev.stowbook.supervisor.state.Pod;
import java.util.List;

/** Decides what is asked of builds, and what becomes of them. */
final class BuildDecider {
    private BuildDecider() {}

    static Decision decide(Draft draft, BuildCommand command) {
        return switch (command) {
            case BuildCommand.BuildImage c -> start(draft, c);
            case BuildCommand.BeginBuildStep c -> {
                require(draft, c.build());
                draft.emit(new BuildEvent.BuildStepStarted(c.build(), c.number(), c.total(), c.line(), c.instruction()));
                yield draft.accepted();
            }
            case BuildCommand.CompleteBuildStep c -> done(draft, c);
            case BuildCommand.AwaitStep c -> {
                require(draft, c.build());
                yield draft.accepted(new Answer.Done(), new Await.PodsStopped(List.of(c.pod())));
            }
        };
    }

    private static Build require(Draft draft, BuildId id) {
        Build build = draft.state().builds().running().get(id);
        if (build == null) {
            throw Draft.reject(ErrorCode.NOT_FOUND, "there is no build " + id + " any more");
        }
        return build;
    }

    private static Decision start(Draft draft, BuildCommand.BuildImage c) {
        if (draft.state().builds().running().containsKey(c.build())) {
            throw Draft.reject(ErrorCode.CONFLICT, "build " + c.build() + " runs already");
        }
        c.spec().references().forEach(reference -> Naming.allowBuilt(draft, reference));
        long sequence = draft.nextSequence();
        draft.emit(new BuildEvent.BuildStarted(c.build(), c.spec(), Steps.build()));
        return draft.accepted(new Answer.Done(), new Await.OperationsOver(List.of(sequence)));
    }

    private static Decision done(Draft draft, BuildCommand.CompleteBuildStep c) {
        require(draft, c.build());
        c.made().ifPresent(made -> ImageDecider.register(draft, List.of(made), false));
        if (!draft.state().images().containsKey(c.image())) {
            throw Draft.reject(ErrorCode.CONFLICT, "image " + c.image() + " was removed while it was built on: build again");
        }
        draft.emit(new BuildEvent.BuildStepDone(
                c.build(), c.number(), c.instruction(), c.image(), c.parent(), c.layer(), c.key(), c.cached(), c.tookMicros()));
        return draft.accepted();
    }

    /** A build is over: its image gets its names, and what it still runs goes. */
    static void ended(Draft draft, StepEvent outcome) {
        switch (outcome) {
            case StepEvent.BuildFinished e -> {
                Build build = draft.state().builds().running().get(e.build());
                draft.emit(e);
                if (build != null && draft.state().images().containsKey(e.image())) {
                    build.spec().references().forEach(reference -> ImageDecider.tag(draft, reference, e.image()));
                }
                removePods(draft, e.build());
            }
            case StepEvent.BuildFailed e -> {
                draft.emit(e);
                removePods(draft, e.build());
            }
            case StepEvent other -> draft.emit(other);
        }
    }

    private static void removePods(Draft draft, BuildId build) {
        for (PodId id : List.copyOf(draft.state().pods().keySet())) {
            Pod pod = draft.state().pods().get(id);
            if (pod != null && build.value().equals(pod.spec().labels().get(BuildId.LABEL))) {
                PodDecider.removeAtOnce(draft, pod);
            }
        }
    }
}

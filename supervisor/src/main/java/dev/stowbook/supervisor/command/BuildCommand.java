package dev.stowbook.supervisor.command;

import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.BuildSpec;
import dev.stowbook.supervisor.model.PodId;
import java.util.Optional;

/** What is asked of builds, and what a build that runs has to tell. */
public sealed interface BuildCommand extends Command {

    /** Builds an image from a context that was received under the build's name. */
    record BuildImage(BuildId build, BuildSpec spec) implements BuildCommand {}

    /** A build begins with an instruction. */
    record BeginBuildStep(BuildId build, int number, int total, int line, String instruction) implements BuildCommand {}

    /** A build is done with an instruction; see the event. {@code made} is an image that no event knows yet. */
    record CompleteBuildStep(
            BuildId build,
            int number,
            String instruction,
            String image,
            Optional<ImageCommand.Arrival> made,
            Optional<String> parent,
            Optional<String> layer,
            String key,
            boolean cached,
            long tookMicros)
            implements BuildCommand {}

    /** Changes nothing: answers when nothing of a pod runs any more. */
    record AwaitStep(BuildId build, PodId pod) implements BuildCommand {}
}

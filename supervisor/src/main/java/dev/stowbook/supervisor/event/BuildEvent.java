package dev.stowbook.supervisor.event;

import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.BuildSpec;
import dev.stowbook.supervisor.model.PlannedStep;
import java.util.List;
import java.util.Optional;

/** What happens in builds, beside their ends. */
public sealed interface BuildEvent extends Event {

    /** The build. */
    BuildId build();

    /** Intent: an image is to be built. */
    record BuildStarted(BuildId build, BuildSpec spec, List<PlannedStep> steps) implements BuildEvent {}

    /** An instruction is carried out: the one that stands on {@code line}. */
    record BuildStepStarted(BuildId build, int number, int total, int line, String instruction) implements BuildEvent {}

    /**
     * An instruction was carried out.
     *
     * @param image what it came to
     * @param parent the image that it began with; empty for none
     * @param layer the DiffID of the layer it added, if it added one
     * @param key what the same step is known by when it is met again; empty for FROM
     * @param cached whether that had happened before already
     */
    record BuildStepDone(
            BuildId build,
            int number,
            String instruction,
            String image,
            Optional<String> parent,
            Optional<String> layer,
            String key,
            boolean cached,
            long tookMicros)
            implements BuildEvent {}
}

package dev.stowbook.supervisor.command;

import dev.stowbook.supervisor.model.ResourceSpec;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What users ask of containers: {@code pod/container}, {@code pod} if it has one, an id or a unique prefix. */
public sealed interface ContainerCommand extends Command {

    /** Ends a container. */
    record StopContainer(String container, OptionalLong graceMillis) implements ContainerCommand {}

    /** Sends it a signal; KILL ends all its processes. */
    record KillContainer(String container, String signal) implements ContainerCommand {}

    /** Makes all its processes stand still. */
    record PauseContainer(String container) implements ContainerCommand {}

    /** Lets them go on. */
    record ResumeContainer(String container) implements ContainerCommand {}

    /** Makes them stand still while its files are copied for an image, if it runs and nobody has paused it. */
    record HoldForCommit(String container) implements ContainerCommand {}

    /** Ends that, unless somebody wants it to stand still by now. */
    record ReleaseFromCommit(String container) implements ContainerCommand {}

    /** Gives it other limits, at once if it has a group; what is empty stays. */
    record UpdateContainer(String container, ResourceSpec change) implements ContainerCommand {}

    /** Files have been copied into it; not {@code complete} if that broke off. */
    record RecordCopy(String container, String path, long entries, long bytes, boolean complete) implements ContainerCommand {}

    /** Starts one more process in it. */
    record StartExec(
            String container,
            List<String> argv,
            List<String> env,
            Optional<String> workingDir,
            Optional<String> user,
            boolean tty,
            boolean stdin,
            boolean attach)
            implements ContainerCommand {
        public StartExec {
            argv = List.copyOf(argv);
            env = List.copyOf(env);
        }
    }
}

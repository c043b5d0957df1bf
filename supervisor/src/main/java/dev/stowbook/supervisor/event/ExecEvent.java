package dev.stowbook.supervisor.event;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PlannedStep;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ProcessConfig;
import java.util.List;

/** What happens to processes that exec starts. */
public sealed interface ExecEvent extends Event {

    /** Intent: one more process in a running container. */
    record ExecStarting(
            ExecId exec,
            ContainerId container,
            PodId pod,
            ProcessConfig process,
            boolean tty,
            boolean stdin,
            boolean attach,
            List<PlannedStep> steps)
            implements ExecEvent {}

    /** It ended. */
    record ExecExited(ExecId exec, ContainerId container, ExitStatus exit) implements ExecEvent {}
}

package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ProcessConfig;
import dev.stowbook.supervisor.model.ProcessIdentity;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One more process in a container.
 *
 * @param process what is started
 * @param attach whether its output waits for a reader
 * @param running the process and its keeper, once it runs
 * @param exit how it ended
 * @param endSequence the event that told so
 */
public record Exec(
        ExecId id,
        ContainerId container,
        PodId pod,
        ProcessConfig process,
        boolean tty,
        boolean stdin,
        boolean attach,
        Optional<ProcessIdentity> running,
        Optional<ProcessIdentity> keeper,
        Optional<ExitStatus> exit,
        OptionalLong endSequence) {

    Exec started(ProcessIdentity runningProcess, ProcessIdentity keeperProcess) {
        return new Exec(
                id, container, pod, process, tty, stdin, attach, Optional.of(runningProcess),
                Optional.of(keeperProcess), exit, endSequence);
    }

    Exec ended(ExitStatus status, long sequence) {
        return new Exec(
                id, container, pod, process, tty, stdin, attach, Optional.empty(), Optional.empty(),
                Optional.of(status), OptionalLong.of(sequence));
    }
}

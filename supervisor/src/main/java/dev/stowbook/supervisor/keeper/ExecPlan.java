package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.process.ProcessIdentity;
import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.supervisor.model.IdRange;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One more process in a running container.
 *
 * @param execId names it in messages and in the exit file
 * @param stateDirectory an existing directory of this exec: the exit file is written there as {@code exit}
 * @param target the container's first process
 * @param process what is executed
 * @param attached whether its output is for a reader: then it is not read before somebody has attached. Otherwise it is discarded
 * @param drainMillis how long output is read on after the process has ended, if somebody else holds the pipe
 * @param cgroup the container's groups
 * @param keeperCgroup where the keeper is placed
 * @param privileges the container's
 * @param users the pod's own users; the host's if empty
 */
public record ExecPlan(
        String execId,
        Path stateDirectory,
        ProcessIdentity target,
        ProcessPlan process,
        boolean attached,
        long drainMillis,
        Placement cgroup,
        Placement keeperCgroup,
        PrivilegePlan privileges,
        Optional<IdRange> users) {

    /** The plan as the keeper reads it. */
    public byte[] encode() {
        return PlanEncoder.encode(this);
    }
}

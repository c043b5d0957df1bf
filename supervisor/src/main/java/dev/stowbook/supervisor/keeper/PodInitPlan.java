package dev.stowbook.supervisor.keeper;

import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.supervisor.model.IdRange;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A pid namespace for the containers of a pod.
 *
 * @param podId names it in the process list
 * @param podDirectory an existing directory: the namespace is held by a bind mount on its file {@code pid}
 * @param users the pod's own users, in whose user namespace, held as {@code user}, it is made; the host's if empty
 * @param keeperCgroup where its first process is placed
 */
public record PodInitPlan(String podId, Path podDirectory, Optional<IdRange> users, Placement keeperCgroup) {
    /** The plan as the keeper reads it. */
    public byte[] encode() {
        return PlanEncoder.encode(this);
    }
}

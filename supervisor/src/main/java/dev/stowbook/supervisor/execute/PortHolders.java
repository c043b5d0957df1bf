package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.model.PublishedPort;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The small processes that hold the sockets of published ports, one a pod; they outlive the daemon. */
interface PortHolders {

    /** Binds all of them or none; a port somebody else has fails with IN_USE. */
    CompletableFuture<ProcessIdentity> hold(PodId pod, int generation, List<PublishedPort> ports);

    /** Ends a holder. Gone is success. */
    void release(ProcessIdentity holder);

    /** Ends whichever holder a pod has, known or not. */
    void releaseOf(PodId pod);
}

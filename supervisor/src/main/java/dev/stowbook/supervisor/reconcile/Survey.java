package dev.stowbook.supervisor.reconcile;

import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** What a daemon that begins anew can find out about the host. Called on a worker; may block. */
public interface Survey {

    /** Looks after a pod's own group again, if its limits or pressure are to be told of. */
    void pod(Pod pod);

    /** Looks for the keeper of a container's attempt; one that lives is kept in touch with from now on. */
    Finding container(Container.Definition container, int attempt);

    /** Looks for the keeper of a process that exec started, in the same way. */
    Finding exec(Exec exec);

    /** What is there of our instance that the state does not know. */
    List<Orphan> orphans(State state);

    /** Something that nobody knows. */
    record Orphan(String kind, String name) {}

    /** What a keeper said of the process it started. */
    record Started(
            ProcessIdentity process,
            int namespacePid,
            ProcessIdentity keeper,
            SortedMap<String, Long> namespaces,
            List<String> clamped) {}

    /** What was found. */
    sealed interface Finding {
        /** It runs, and its keeper is connected. */
        record Alive(Started started) implements Finding {}

        /** It ran, and its keeper has left its status. */
        record Ended(Optional<Started> started, ExitStatus exit, long droppedBytes) implements Finding {}

        /** There is neither keeper nor status. */
        record Gone() implements Finding {}
    }
}

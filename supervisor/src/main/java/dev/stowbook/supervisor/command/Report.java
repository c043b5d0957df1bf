package dev.stowbook.supervisor.command;

import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.KnownBlob;
import java.util.List;

/** What drivers, keepers and the reconciler found. A report that the state has overtaken changes nothing. */
public sealed interface Report extends Command {

    /** A step's outcome. */
    record CompleteStep(StepEvent outcome) implements Report {
        @Override
        public String name() {
            return "CompleteStep";
        }
    }

    /** A container's first process ended. */
    record ReportExit(ContainerId container, int attempt, ExitStatus exit, long droppedBytes) implements Report {}

    /** A process that exec started ended. */
    record ReportExecExit(ExecId exec, ExitStatus exit) implements Report {}

    /** A container's keeper is gone without a status. */
    record ReportKeeperLost(ContainerId container, int attempt) implements Report {}

    /** Output of a container could not be written. */
    record ReportOutputDropped(ContainerId container, long bytes) implements Report {}

    /** The kernel killed for memory; {@code group} is a pod's or container's id. */
    record ReportOom(String group, long oomKills) implements Report {}

    /** A fork was refused; {@code group} is a pod's or container's id. */
    record ReportPidsExhausted(String group, long refusals) implements Report {}

    /** Somebody else changed or removed rules of ours. */
    record ReportRulesFlushed(String detail) implements Report {}

    /** Processes stood still for want of a resource; {@code group} is a pod's or container's id. See the event. */
    record ReportPressure(
            String group, String resource, String kind, long stallMillis, long windowMillis, long totalStallMicros)
            implements Report {}

    /** Rules of ours were put back. */
    record ReportRulesRepaired(List<String> repaired) implements Report {}

    /** How a transfer goes on, or how it failed; a push also how it ended, and where layers are now. */
    record ReportTransfer(TransferEvent news, List<KnownBlob> blobs) implements Report {
        public ReportTransfer {
            blobs = List.copyOf(blobs);
        }

        /** Of which nothing more is known. */
        public ReportTransfer(TransferEvent news) {
            this(news, List.of());
        }
    }

    /** A pull's image is complete in the store. */
    record ReportPulled(TransferEvent.ImagePulled outcome, ImageCommand.Arrival arrival) implements Report {}

    /** Something of ours that no event knows. */
    record ReportOrphan(String kind, String orphan) implements Report {}

    /** What became of it. */
    record ReportOrphanRemoved(String kind, String orphan, String error) implements Report {}
}

package dev.stowbook.supervisor.manifest;

import static dev.stowbook.supervisor.manifest.Shape.Field.may;

import dev.stowbook.supervisor.manifest.Shape.Amount;
import dev.stowbook.supervisor.manifest.Shape.Field;
import dev.stowbook.supervisor.manifest.Shape.Fields;
import java.util.ArrayList;
import java.util.List;

/** The field table of how the commands of a build run: the fields of a pod and of its one container, side by side. */
final class StepTable {
    private static final Field SHM = may("shm",
            new Fields(List.of(may("sizeLimit", new Amount(), "Bytes that fit in, at least 4Ki; 64Mi by default.")), Notes.of()), "`/dev/shm`.");

    /** The whole document. */
    static final Fields STEP = new Fields(
            List.of(
                    may("resources", ResourceTable.RESOURCES, "Limits of each command; none by default."),
                    NetworkTable.HOST_NETWORK,
                    NetworkTable.HOST_ALIASES,
                    NetworkTable.DNS_POLICY,
                    NetworkTable.DNS_CONFIG,
                    may("stowbook", new Fields(own(), Notes.of()), "What Kubernetes has no field for.")),
            Notes.of());

    private StepTable() {}

    private static List<Field> own() {
        List<Field> fields = new ArrayList<>(ResourceTable.STOWBOOK);
        fields.addAll(List.of(
                NetworkTable.NETWORKS, NetworkTable.NETWORK_MODE, ProcessTable.ULIMITS, SHM));
        return fields;
    }
}

package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.manifest.Shape.Amount;
import dev.stowbook.supervisor.manifest.Shape.Field;
import dev.stowbook.supervisor.manifest.Shape.Fields;
import dev.stowbook.supervisor.manifest.Shape.Pairs;
import dev.stowbook.supervisor.manifest.Shape.Text;
import dev.stowbook.supervisor.manifest.Shape.Truth;
import dev.stowbook.supervisor.manifest.Shape.Word;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The part of the field table ({@link PodTable}) about volumes.
 *
 * <p>Source of names and meanings: Kubernetes API reference, Volume and VolumeMount v1 core.
 */
final class VolumeTable {
    private static final SortedMap<String, String> NOTHING = new TreeMap<>();

    private static final Fields EMPTY_DIR = new Fields(
            List.of(
                    may("medium", new Word(List.of("Memory"), notes(Map.of("HugePages", ""))), "Where it lies; the disk by default."),
                    may("sizeLimit", new Amount(), "Bytes that fit in, at least 4Ki; with `medium: Memory` only.")),
            NOTHING);

    private static final Fields HOST_PATH = new Fields(
            List.of(
                    must("path", new Text(Rule.HOST_PATH), "The path on the host."),
                    may("type", new Word(
                                    List.of("Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket", "CharDevice", "BlockDevice"),
                                    NOTHING),
                            "What must be there when the pod starts, or is made; anything by default.")),
            NOTHING);

    private static final Fields CLAIM = new Fields(
            List.of(
                    must("claimName", new Text(Rule.VOLUME_NAME), "The name of a volume that exists: `stowbook volume create`."),
                    may("readOnly", new Truth(), "Whether the pod only reads it; false by default.")),
            NOTHING);

    private static final Fields STOWBOOK = new Fields(
            List.of(
                    must("volume", new Text(Rule.VOLUME_NAME), "The volume's name; it is made if it is not there."),
                    may("driver", new Text(Rule.LABEL), "The volume driver; `local` by default."),
                    may("options", new Pairs(Rule.OPTION_NAME, Rule.ANY, 64), "What the driver is told; `local` takes type, device, o and mode."),
                    may("sizeLimit", new Amount(), "Bytes that fit in, at least 4Ki; for drivers that can limit it."),
                    may("readOnly", new Truth(), "Whether the pod only reads it; false by default."),
                    may("copy", new Truth(), "Whether it takes, while it is empty, what the image has where it is mounted; true by default.")),
            NOTHING);

    /** An item of {@code spec.volumes}. */
    static final Fields VOLUME = new Fields(
            List.of(
                    must("name", new Text(Rule.LABEL), "What the pod calls it; unique in the pod."),
                    may("emptyDir", EMPTY_DIR, "A directory of the pod's own: empty at first, removed with the pod."),
                    may("hostPath", HOST_PATH, "A file or directory of the host."),
                    may("persistentVolumeClaim", CLAIM, "A volume that outlives the pod and must exist."),
                    may("stowbook", STOWBOOK, "A volume that outlives the pod and is made if it is missing.")),
            notes(Map.of(
                    "configMap", "", "secret", "", "projected", "", "downwardAPI", "", "image", "", "csi", "", "ephemeral", "use emptyDir",
                    "nfs", "use stowbook: {volume: NAME, options: {type: nfs, device: \":/path\", o: \"addr=...\"}}")));

    /** An item of {@code spec.containers[].volumeMounts}. */
    static final Fields MOUNT = new Fields(
            List.of(
                    must("name", new Text(Rule.LABEL), "One of `spec.volumes`."),
                    must("mountPath", new Text(Rule.MOUNT_PATH), "Where it appears; what is missing of it is made."),
                    may("subPath", new Text(Rule.SUB_PATH), "What of the volume appears there; made as a directory if it is missing."),
                    may("readOnly", new Truth(), "Whether the container only reads it; false by default."),
                    may("recursiveReadOnly", new Word(List.of("Enabled", "IfPossible", "Disabled"), NOTHING),
                            "Whether file systems mounted below it are read-only with it; Enabled by default."),
                    may("mountPropagation", new Word(List.of("None", "HostToContainer", "Bidirectional"), NOTHING),
                            "What of later mounts is seen on the other side; None by default.")),
            notes(Map.of("subPathExpr", "write the path itself as subPath")));

    private VolumeTable() {}

    private static Field must(String name, Shape shape, String meaning) {
        return new Field(name, shape, true, meaning);
    }

    private static Field may(String name, Shape shape, String meaning) {
        return new Field(name, shape, false, meaning);
    }

    private static SortedMap<String, String> notes(Map<String, String> notes) {
        return new TreeMap<>(notes);
    }
}

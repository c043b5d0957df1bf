package dev.stowbook.supervisor.manifest;

import static dev.stowbook.supervisor.manifest.Shape.Field.join;
import static dev.stowbook.supervisor.manifest.Shape.Field.may;
import static dev.stowbook.supervisor.manifest.Shape.Field.must;

import dev.stowbook.supervisor.manifest.Shape.Field;
import dev.stowbook.supervisor.manifest.Shape.Fields;
import dev.stowbook.supervisor.manifest.Shape.Items;
import dev.stowbook.supervisor.manifest.Shape.Pairs;
import dev.stowbook.supervisor.manifest.Shape.Text;
import dev.stowbook.supervisor.manifest.Shape.Truth;
import dev.stowbook.supervisor.manifest.Shape.Whole;
import dev.stowbook.supervisor.manifest.Shape.Word;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The field table of {@code v1 Pod}: every field that is read, and every Kubernetes field that is known but not supported yet.
 * {@code docs/manifests.md} holds the same table; a test compares the two.
 *
 * <p>Source of names and meanings: Kubernetes API reference, Pod v1 core.
 */
final class PodTable {
    private static final long ONE_YEAR_SECONDS = 365L * 24 * 3600;

    private static final Fields ENV = new Fields(
            List.of(
                    must("name", new Text(Rule.ENV_NAME), "The variable's name; each once."),
                    may("value", new Text(Rule.ANY), "Its value; empty by default. `$(NAME)` stands for a variable further up.")),
            Notes.of("valueFrom", "write the value itself"));

    private static final Items CAPABILITIES = new Items(new Text(Rule.CAPABILITY), 0, 64);

    private static final Fields SECURITY = new Fields(
            join(ProcessTable.IDENTITY, List.of(
                    may("readOnlyRootFilesystem", new Truth(), "Whether its root file system refuses writes; false by default."),
                    may("allowPrivilegeEscalation", new Truth(), "Whether setuid programs may gain privileges; true by default."),
                    may("capabilities", new Fields(
                            List.of(
                                    may("add", CAPABILITIES, "Capabilities beyond the default set, without `CAP_`; `ALL` for all."),
                                    may("drop", CAPABILITIES, "Capabilities taken out of it; `ALL` for all.")),
                            Notes.of()), "What it may do beyond an ordinary user."))),
            Notes.of("privileged", "name what it needs instead: capabilities.add, stowbook.devices, stowbook.seccomp, spec.hostPID", "seLinuxOptions", "",
                    "procMount", "", "windowsOptions", "", "appArmorProfile", ""));

    private static final Items COMMAND = new Items(new Text(Rule.ANY), 0, 4096);

    private static final Fields CONTAINER = new Fields(
            join(List.of(
                    must("name", new Text(Rule.LABEL), "Unique in its pod."),
                    must("image", new Text(Rule.IMAGE), "An image, such as `busybox` or `example.org/app:1.2`; pulled if the store has none of that name."),
                    may("command", COMMAND, "Replaces the image's entrypoint. `$(NAME)` stands for a variable of `env`."),
                    may("args", COMMAND, "Replaces the image's command. `$(NAME)` as above."),
                    may("env", new Items(ENV, 0, 1024), "Variables added to the image's."),
                    may("workingDir", new Text(Rule.PATH), "Where it starts; the image's by default."),
                    may("ports", new Items(PortTable.PORT, 0, 256), "What it listens on, and what of that is published."),
                    may("resources", ResourceTable.RESOURCES, "Its limits; none by default."),
                    may("securityContext", SECURITY, "What it may do."),
                    may("volumeMounts", new Items(VolumeTable.MOUNT, 0, 256), "Which volumes of its pod it has, and where."),
                    may("imagePullPolicy", new Word(List.of("Always", "IfNotPresent", "Never"), Notes.of()),
                            "Whether `apply` pulls the image first. Without it an image is pulled if it is not there, and one called `latest` that was pulled before is looked up again."),
                    may("stowbook", new Fields(join(join(ProcessTable.CONTAINER, PortTable.RANGES), ResourceTable.STOWBOOK), Notes.of()), "What Kubernetes has no field for.")), ProcessTable.STREAMS),
            Notes.of("envFrom", "list the variables in env", "volumeDevices", "", "livenessProbe", "", "readinessProbe", "",
                    "startupProbe", "", "lifecycle", "", "resizePolicy", "", "restartPolicy", "set it in spec",
                    "terminationMessagePath", "", "terminationMessagePolicy", ""));

    private static final Fields STOWBOOK = new Fields(
            join(join(ProcessTable.POD, List.of(NetworkTable.NETWORKS, NetworkTable.NETWORK_MODE)), ResourceTable.STOWBOOK), Notes.of());

    private static final Fields SPEC = new Fields(
            join(List.of(
                    must("containers", new Items(CONTAINER, 1, 64), "What runs; they share the pod's network."),
                    may("volumes", new Items(VolumeTable.VOLUME, 0, 256), "What its containers can mount."),
                    may("resources", ResourceTable.RESOURCES, "Limits of all its containers together; none by default."),
                    may("hostname", new Text(Rule.LABEL), "The host name inside; the pod's name by default."),
                    may("restartPolicy", new Word(List.of("Always", "OnFailure", "Never"), Notes.of()),
                            "When a container that ended is started again; Always by default."),
                    may("terminationGracePeriodSeconds", new Whole(0, ONE_YEAR_SECONDS),
                            "How long a container may take to end after its stop signal; 30 by default."),
                    may("hostUsers", new Truth(), "Whether user ids inside are those of the host; false by default, unlike in Kubernetes."),
                    NetworkTable.HOST_NETWORK,
                    NetworkTable.HOST_ALIASES,
                    NetworkTable.DNS_POLICY,
                    NetworkTable.DNS_CONFIG,
                    may("securityContext", ProcessTable.POD_SECURITY, "What its containers may do, unless they say otherwise."),
                    may("stowbook", STOWBOOK, "What Kubernetes has no field for.")), ProcessTable.NAMESPACES),
            Notes.of("initContainers", "", "ephemeralContainers", "",
                    "nodeName", "there is one host", "nodeSelector", "there is one host", "affinity", "there is one host",
                    "tolerations", "there is one host", "topologySpreadConstraints", "there is one host", "schedulerName", "there is one host",
                    "schedulingGates", "", "priority", "", "priorityClassName", "", "preemptionPolicy", "", "serviceAccountName", "",
                    "serviceAccount", "", "automountServiceAccountToken", "",
                    "setHostnameAsFQDN", "", "subdomain", "", "activeDeadlineSeconds", "", "enableServiceLinks", "", "imagePullSecrets", "",
                    "os", "", "overhead", "", "readinessGates", "", "resourceClaims", "", "runtimeClassName", ""));

    private static final Fields METADATA = new Fields(
            List.of(
                    must("name", new Text(Rule.LABEL), "Unique among pods."),
                    may("labels", new Pairs(Rule.LABEL_KEY, Rule.LABEL_VALUE, 256), "The user's own marks.")),
            Notes.of("annotations", "use labels", "namespace", "there are no namespaces: take the line out", "generateName", "give a name",
                    "finalizers", "", "ownerReferences", "", "creationTimestamp", "", "deletionTimestamp", "", "resourceVersion", "", "uid", "",
                    "generation", "", "managedFields", "", "selfLink", "", "deletionGracePeriodSeconds", ""));

    /** The whole document. */
    static final Fields POD = new Fields(
            List.of(
                    must("apiVersion", new Word(List.of("v1"), Notes.of()), "Always `v1`."),
                    must("kind", new Word(List.of("Pod"), Notes.of()), "Always `Pod`."),
                    must("metadata", METADATA, "Who it is."),
                    must("spec", SPEC, "What it does.")),
            Notes.of("status", "take it out"));

    /** Kinds of Kubernetes that people will try. */
    static final List<String> KINDS_NOT_YET = List.of("Deployment", "Service", "ReplicationController", "ReplicaSet", "StatefulSet", "DaemonSet",
            "Job", "CronJob", "ConfigMap", "Secret", "PersistentVolumeClaim", "PersistentVolume", "StorageClass", "NetworkPolicy", "Ingress",
            "ServiceAccount", "Namespace", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Role", "RoleBinding", "ClusterRole",
            "ClusterRoleBinding", "PodTemplate", "List", "CustomResourceDefinition", "LimitRange", "ResourceQuota", "Endpoints", "Node");

    private static final SortedMap<String, String> HOMES = new TreeMap<>();

    static {
        recordHomes(POD, "");
    }

    private PodTable() {}

    /** Where else a field of this name belongs, {@code spec.containers[].image}; null if nowhere. */
    static @Nullable String home(String name) {
        return HOMES.get(name);
    }

    private static void recordHomes(Fields shape, String path) {
        for (Field field : shape.fields()) {
            String here = path.isEmpty() ? field.name() : path + "." + field.name();
            HOMES.merge(field.name(), here, (a, b) -> a);
            if (field.shape() instanceof Fields below) {
                recordHomes(below, here);
            } else if (field.shape() instanceof Items items && items.item() instanceof Fields below) {
                recordHomes(below, here + "[]");
            }
        }
    }
}

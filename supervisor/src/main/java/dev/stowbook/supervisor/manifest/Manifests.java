package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.ResourceSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * Reads manifests: YAML documents of {@code v1 Pod} and {@code stowbook.dev/v1 Network}. The way is bytes, nodes ({@link YamlDocuments}), values that keep to the
 * field table ({@link PodTable}, {@link Checker}), values that agree with each other ({@link Consistency}), records
 * ({@link PodBinder}).
 */
public final class Manifests {
    private Manifests() {}

    /**
     * Reads a manifest. Any thread; never throws on any input.
     *
     * @param fileName how errors call it
     * @param utf8 the file's bytes
     */
    public static ManifestResult read(String fileName, byte[] utf8) {
        Problems problems = new Problems(fileName);
        List<Node> documents = YamlDocuments.read(utf8, problems);
        Checker checker = new Checker(problems);
        Consistency consistency = new Consistency(problems);
        NetworkConsistency networkConsistency = new NetworkConsistency(problems);
        List<Value.Fields> pods = new ArrayList<>();
        List<Value.Fields> networks = new ArrayList<>();
        for (Node document : documents) {
            if (isNetwork(document)) {
                if (checker.check(NetworkTable.NETWORK, document, "") instanceof Value.Fields network) {
                    networkConsistency.network(network);
                    networks.add(network);
                }
            } else if (isPod(document, problems) && checker.check(PodTable.POD, document, "") instanceof Value.Fields pod) {
                consistency.look(pod);
                networkConsistency.pod(pod);
                pods.add(pod);
            }
        }
        if (problems.any()) {
            return new ManifestResult.Errors(problems.inOrder());
        }
        PodBinder binder = new PodBinder(problems);
        return new ManifestResult.Pods(
                networks.stream().map(NetworkBinder::network).toList(), pods.stream().map(binder::pod).toList(),
                pods.stream().flatMap(pod -> PodBinder.images(pod).stream()).toList());
    }

    private static boolean isNetwork(Node document) {
        ScalarNode kind = document instanceof MappingNode mapping ? scalar(mapping, "kind") : null;
        return kind != null && kind.getValue().equals(NetworkTable.KIND);
    }

    /** What {@link #readLimits} found: limits, or what is wrong with them. */
    public sealed interface Limiting {
        /** A change of limits. */
        record Change(ResourceSpec limits) implements Limiting {}

        /** It is wrong, for each of these reasons. */
        record Wrong(List<ManifestError> errors) implements Limiting {}
    }

    /**
     * Reads a change of limits: one YAML or JSON document with {@code resources} and {@code stowbook.resources} as in a manifest. Any
     * thread; never throws on any input.
     */
    public static Limiting readLimits(String fileName, byte[] utf8) {
        Problems problems = new Problems(fileName);
        List<Node> documents = YamlDocuments.read(utf8, problems);
        if (documents.size() > 1) {
            problems.add(Checker.at(documents.get(1)), "", "is a second document: give one.");
        }
        ResourceSpec limits = ResourceSpec.unlimited();
        if (!problems.any() && new Checker(problems).check(ResourceTable.CHANGE, documents.getFirst(), "") instanceof Value.Fields change) {
            limits = Limits.of(change, false, problems);
            if (!problems.any() && limits.equals(ResourceSpec.unlimited())) {
                problems.add(change.place(), "", "changes nothing: name a limit, such as resources.limits.memory.");
            }
        }
        return problems.any() ? new Limiting.Wrong(problems.inOrder()) : new Limiting.Change(limits);
    }

    /** Whether a document is to be checked as a pod. One of another kind gets one error, not one for each of its fields. */
    private static boolean isPod(Node document, Problems problems) {
        if (!(document instanceof MappingNode mapping)) {
            problems.add(Checker.at(document), "", "a document must be an object with apiVersion, kind, metadata and spec.");
            return false;
        }
        ScalarNode kind = scalar(mapping, "kind");
        ScalarNode version = scalar(mapping, "apiVersion");
        if (kind == null || kind.getValue().equals("Pod") || kind.getValue().isEmpty()) {
            return true;
        }
        String name = kind.getValue();
        String where = version == null ? "" : " of " + Words.shortened(version.getValue());
        problems.add(Checker.at(kind), "kind", PodTable.KINDS_NOT_YET.contains(name)
                ? "'" + name + "'" + where + " is not supported yet: write 'kind: Pod' with 'apiVersion: v1'."
                : "'" + Words.shortened(name) + "' is no kind that is known" + Suggestion.ending(name, List.of("Pod", NetworkTable.KIND)));
        return false;
    }

    private static @Nullable ScalarNode scalar(MappingNode mapping, String name) {
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name)) {
                return tuple.getValueNode() instanceof ScalarNode value ? value : null;
            }
        }
        return null;
    }
}

package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.StepSpec;
import java.util.List;
import java.util.OptionalLong;
import org.yaml.snakeyaml.nodes.Node;

/** What was found in a document that says how the commands of a build run: that, or what is wrong with it. */
public sealed interface StepManifest {
    /** What it says. */
    record Step(StepSpec spec) implements StepManifest {}

    /** It is wrong, for each of these reasons. */
    record Wrong(List<ManifestError> errors) implements StepManifest {}

    /**
     * Reads one YAML or JSON document with fields of a pod and of its container. Any thread; never throws on any input.
     *
     * @param name how errors call it
     * @param utf8 its bytes
     */
    static StepManifest read(String name, byte[] utf8) {
        Problems problems = new Problems(name);
        List<Node> documents = YamlDocuments.read(utf8, problems);
        if (documents.size() > 1) {
            problems.add(Checker.at(documents.get(1)), "", "is a second document: give one.");
        }
        if (!problems.any() && new Checker(problems).check(StepTable.STEP, documents.getFirst(), "") instanceof Value.Fields step) {
            Value.Fields own = step.fields("stowbook");
            new NetworkConsistency(problems).podSpec(step);
            new ProcessRules(problems).ulimits(own);
            ResourceSpec limits = Limits.of(step, true, problems);
            OptionalLong shm = VolumeBinder.size(own.fields("shm"), problems);
            if (!problems.any()) {
                return new Step(new StepSpec(limits, ProcessBinder.ulimits(own), shm, NetworkBinder.pod(step)));
            }
        }
        return new Wrong(problems.inOrder());
    }
}

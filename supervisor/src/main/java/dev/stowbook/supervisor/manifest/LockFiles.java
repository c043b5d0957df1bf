package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.ImageLock;
import dev.stowbook.supervisor.model.LockedImage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** Reads lock files, as strictly as {@link Manifests} reads manifests; {@link LockText} writes them. */
public final class LockFiles {
    private LockFiles() {}

    /** What was read: a lock, or everything that is wrong with it. */
    public sealed interface Read {
        /** Nothing is wrong. */
        record Lock(ImageLock lock) implements Read {}

        /** At least one error, in the order of the file. */
        record Errors(List<ManifestError> errors) implements Read {
            public Errors {
                errors = List.copyOf(errors);
            }
        }
    }

    /** Reads a lock file, YAML or JSON. Any thread; never throws on any input. */
    public static Read read(String fileName, byte[] utf8) {
        Problems problems = new Problems(fileName);
        List<Node> documents = YamlDocuments.read(utf8, problems, "'stowbook image lock -f MANIFEST' writes a lock file.");
        if (documents.size() > 1) {
            problems.add(Checker.at(documents.get(1)), "", "is a second document: a lock file is one.");
        }
        ImageLock lock = new ImageLock(List.of());
        if (!problems.any() && isOfThisVersion(documents.getFirst(), problems)
                && new Checker(problems).check(LockTable.LOCK, documents.getFirst(), "") instanceof Value.Fields fields) {
            refuseTwice(fields, problems);
            lock = problems.any() ? lock : new ImageLock(fields.objects("images").stream().map(LockFiles::image).toList());
        }
        return problems.any() ? new Read.Errors(problems.inOrder()) : new Read.Lock(lock);
    }

    /** Another version gets one error, not one for each field that it calls otherwise; and so does what is no lock at all. */
    private static boolean isOfThisVersion(Node document, Problems problems) {
        String version = scalar(document, "apiVersion");
        String kind = scalar(document, "kind");
        if (!kind.equals(LockTable.KIND)) {
            problems.add(Checker.at(document), "kind", "is no lock file: it must be '" + LockTable.KIND + "', but is '" + Words.shortened(kind)
                    + "'; 'stowbook image lock -f MANIFEST' writes one.");
            return false;
        }
        if (!version.equals(LockTable.VERSION)) {
            problems.add(Checker.at(document), "apiVersion", "is a lock of version '" + Words.shortened(version) + "', and this daemon knows '"
                    + LockTable.VERSION + "': write it anew with 'stowbook image lock', or take the version of Stowbook that wrote it.");
            return false;
        }
        return true;
    }

    private static String scalar(Node document, String name) {
        if (document instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name)) {
                    return tuple.getValueNode() instanceof ScalarNode value ? value.getValue() : "";
                }
            }
        }
        return "";
    }

    private static void refuseTwice(Value.Fields lock, Problems problems) {
        Map<List<Optional<String>>, Place> seen = new HashMap<>();
        for (Value.Fields image : lock.objects("images")) {
            Place before = seen.putIfAbsent(List.of(image.text("image"), image.text("platform")), image.place());
            if (before != null && image.text("image").isPresent()) {
                problems.add(image.place(), image.path(), "is " + image.text("image").get() + " for " + image.text("platform").orElse("")
                        + " a second time, after line " + before.line() + ": keep one.");
            }
        }
    }

    private static LockedImage image(Value.Fields image) {
        return new LockedImage(
                image.text("image").orElseThrow(),
                image.text("platform").orElseThrow(),
                image.values().containsKey("origin") ? Optional.of(origin(image.fields("origin"))) : Optional.empty(),
                image.text("config").orElseThrow(),
                image.texts("diffIds").stream().map(Value.Text::text).toList(),
                image.text("tree").orElseThrow());
    }

    private static LockedImage.Origin origin(Value.Fields origin) {
        return new LockedImage.Origin(
                origin.text("repository").orElseThrow(), origin.text("index"), origin.text("manifest").orElseThrow());
    }
}

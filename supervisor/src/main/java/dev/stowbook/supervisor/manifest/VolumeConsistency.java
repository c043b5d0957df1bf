package dev.stowbook.supervisor.manifest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the field table cannot say of volumes: each is one thing, each mount has its volume and its place. */
final class VolumeConsistency {
    private static final List<String> SOURCES = List.of("emptyDir", "hostPath", "persistentVolumeClaim", "stowbook");

    private final Problems problems;
    private final Map<String, Place> volumes = new HashMap<>();

    VolumeConsistency(Problems problems) {
        this.problems = problems;
    }

    void look(Value.Fields spec) {
        spec.objects("volumes").forEach(this::volume);
        for (Value.Fields container : spec.objects("containers")) {
            Map<String, Place> places = new HashMap<>();
            for (Value.Fields mount : container.objects("volumeMounts")) {
                mount(container, mount, places);
            }
        }
    }

    private void volume(Value.Fields volume) {
        volume.text("name").ifPresent(name -> {
            Place first = volumes.putIfAbsent(name, volume.placeOf("name"));
            if (first != null) {
                problems.add(volume.placeOf("name"), volume.pathOf("name"), "the volume name '" + Words.shortened(name)
                        + "' is taken on line " + first.line() + ": choose another.");
            }
        });
        List<String> given = SOURCES.stream().filter(volume.values()::containsKey).toList();
        if (given.size() > 1) {
            problems.add(volume.placeOf(given.get(1)), volume.pathOf(given.get(1)), "a volume is one thing: keep one of "
                    + String.join(", ", given) + ".");
        } else if (given.isEmpty() && volume.values().keySet().stream().allMatch("name"::equals)) {
            problems.add(volume.place(), volume.path(), "does not say what it is: add one of " + String.join(", ", SOURCES) + ".");
        }
        Value.Fields empty = volume.fields("emptyDir");
        if (empty.amount("sizeLimit").isPresent() && empty.text("medium").isEmpty()) {
            problems.add(empty.placeOf("sizeLimit"), empty.pathOf("sizeLimit"),
                    "is kept in memory only: add medium: Memory, or take it out.");
        }
        VolumeBinder.size(empty, problems);
        VolumeBinder.size(volume.fields("stowbook"), problems);
    }

    private void mount(Value.Fields container, Value.Fields mount, Map<String, Place> places) {
        mount.text("name").filter(name -> !volumes.containsKey(name)).ifPresent(name -> problems.add(
                mount.placeOf("name"), mount.pathOf("name"), "there is no volume '" + Words.shortened(name) + "' in spec.volumes"
                        + Suggestion.ending(name, volumes.keySet().stream().sorted().toList())));
        mount.text("mountPath").ifPresent(path -> {
            Place first = places.putIfAbsent(path.replaceAll("/+", "/").replaceAll("/$", ""), mount.placeOf("mountPath"));
            if (first != null) {
                problems.add(mount.placeOf("mountPath"), mount.pathOf("mountPath"), "'" + Words.shortened(path)
                        + "' is taken on line " + first.line() + ": choose another.");
            }
        });
        boolean propagates = !mount.text("mountPropagation").orElse("None").equals("None");
        if (mount.text("recursiveReadOnly").filter(word -> !word.equals("Disabled")).isPresent()
                && (propagates || !mount.truth("readOnly").orElse(false))) {
            problems.add(mount.placeOf("recursiveReadOnly"), mount.pathOf("recursiveReadOnly"),
                    "needs readOnly: true and no mountPropagation.");
        }
        if (mount.text("mountPropagation").orElse("").equals("Bidirectional") && !mayMount(container)) {
            problems.add(mount.placeOf("mountPropagation"), mount.pathOf("mountPropagation"),
                    "is for containers that may mount: add the capability SYS_ADMIN, or say HostToContainer.");
        }
    }

    private static boolean mayMount(Value.Fields container) {
        Value.Fields security = container.fields("securityContext");
        return security.truth("privileged").orElse(false)
                || Stream.of("SYS_ADMIN", "ALL").anyMatch(wanted ->
                        security.fields("capabilities").texts("add").stream().anyMatch(text -> text.text().equals(wanted)));
    }
}

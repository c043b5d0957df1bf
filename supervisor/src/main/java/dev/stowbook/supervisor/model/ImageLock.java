package dev.stowbook.supervisor.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The images of manifests, each with its digests.
 *
 * @param images in {@link LockedImage#ORDER}, each image once for each platform
 */
public record ImageLock(List<LockedImage> images) {
    public ImageLock {
        images = images.stream().sorted(LockedImage.ORDER).toList();
    }

    /**
     * Something in which two locks differ.
     *
     * @param what the field; {@code image} if only one of the two has the image
     * @param was empty if it was not there
     * @param is empty if it is there no more
     */
    public record Difference(String image, String platform, String what, String was, String is) {}

    /** In what another lock differs from this one, in its order. */
    public List<Difference> differences(ImageLock other) {
        List<Difference> found = new ArrayList<>();
        Map<List<String>, LockedImage> before = byName();
        Map<List<String>, LockedImage> after = other.byName();
        TreeMap<String, List<String>> names = new TreeMap<>();
        before.keySet().forEach(name -> names.put(String.join("\0", name), name));
        after.keySet().forEach(name -> names.put(String.join("\0", name), name));
        for (List<String> name : names.values()) {
            compare(name, Optional.ofNullable(before.get(name)), Optional.ofNullable(after.get(name)), found);
        }
        return List.copyOf(found);
    }

    private Map<List<String>, LockedImage> byName() {
        Map<List<String>, LockedImage> named = new HashMap<>();
        images.forEach(image -> named.put(List.of(image.image(), image.platform()), image));
        return named;
    }

    private static void compare(List<String> name, Optional<LockedImage> was, Optional<LockedImage> is, List<Difference> found) {
        if (was.isEmpty() || is.isEmpty()) {
            found.add(new Difference(name.get(0), name.get(1), "image", was.map(LockedImage::config).orElse(""), is.map(LockedImage::config).orElse("")));
            return;
        }
        Map<String, String> before = fields(was.get());
        Map<String, String> after = fields(is.get());
        before.forEach((field, value) -> {
            if (!value.equals(after.get(field))) {
                found.add(new Difference(name.get(0), name.get(1), field, value, String.valueOf(after.get(field))));
            }
        });
    }

    private static Map<String, String> fields(LockedImage image) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("repository", image.origin().map(LockedImage.Origin::repository).orElse(""));
        fields.put("index", image.origin().flatMap(LockedImage.Origin::index).orElse(""));
        fields.put("manifest", image.origin().map(LockedImage.Origin::manifest).orElse(""));
        fields.put("config", image.config());
        fields.put("diffIds", String.join(" ", image.diffIds()));
        fields.put("tree", image.tree());
        return fields;
    }
}

package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.LockedImage;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.registry.RegistryException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Registries and trees that tests set; where nothing is set, {@link FakeHost} pulls what is found here. */
final class FakeLocks implements ImageLocks {
    static final String INDEX = "sha256:" + "1".repeat(64);
    static final String MANIFEST = "sha256:" + "2".repeat(64);

    /** What trees come to, by image id; the id itself if nothing is said. */
    final ConcurrentHashMap<String, String> trees = new ConcurrentHashMap<>();

    @Override
    public Found resolve(String reference, String platform, Optional<Credential> login) throws RegistryException {
        if (!reference.startsWith("registry.example/")) {
            throw new RegistryException(ErrorCode.NOT_FOUND, "registry docker.io has no " + reference);
        }
        String name = reference.replaceFirst("[:@].*", "");
        return new Found(new LockedImage.Origin(name, Optional.of(INDEX), MANIFEST), pulled(name));
    }

    /** The id of what a pull by that index brings. */
    static String pulled(String name) {
        return FakeUploads.image((name + "@" + INDEX).getBytes(StandardCharsets.UTF_8)).id();
    }

    @Override
    public String tree(StoredImage image) {
        return trees.getOrDefault(image.id(), image.id());
    }
}

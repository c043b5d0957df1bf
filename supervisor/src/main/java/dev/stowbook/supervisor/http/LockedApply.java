package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.manifest.PullWish;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ImageLock;
import dev.stowbook.supervisor.model.ImagePin;
import dev.stowbook.supervisor.model.LockedImage;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.State;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Holds the images of pods to a lock: fetches what is missing by digest, refuses what differs, and pins each container to its image. */
final class LockedApply {
    private final Backend backend;
    private final ImagePulls pulls;
    private final ImageLock lock;
    private final String file;
    private final Platform host = Platform.ofHost();

    /** @param file how errors call the lock */
    LockedApply(Backend backend, ImageLock lock, String file) {
        this.backend = backend;
        this.pulls = new ImagePulls(backend);
        this.lock = lock;
        this.file = file;
    }

    /** The pods with each container held to its image; an error names the container. */
    Future<List<PodSpec>> pinned(Call call, List<PodSpec> pods, List<PullWish> wishes) {
        Map<LockedImage, ImagePin> pins = new HashMap<>();
        Future<Void> all = Future.succeededFuture();
        for (PullWish wish : wishes) {
            all = all.compose(before -> Future.succeededFuture(wish))
                    .map(this::entry)
                    .compose(entry -> pins.containsKey(entry) ? Future.<Void>succeededFuture() : held(call, wish, entry).<Void>map(pin -> {
                        pins.put(entry, pin);
                        return null;
                    }))
                    .recover(failure -> Future.failedFuture(ImagePulls.named(wish, failure)));
        }
        return all.map(nothing -> {
            Map<List<String>, ImagePin> byContainer = new HashMap<>();
            wishes.forEach(wish -> byContainer.put(List.of(wish.pod(), wish.container()), pins.get(entry(wish))));
            return pods.stream().map(pod -> pod.withContainers(pod.containers().stream()
                    .map(container -> container.withPin(byContainer.get(List.of(pod.name(), container.name()))))
                    .toList())).toList();
        });
    }

    /** What the lock says of an image for this host. */
    private LockedImage entry(PullWish wish) {
        List<LockedImage> all = lock.images().stream().filter(locked -> fullName(locked.image()).equals(fullName(wish.image()))).toList();
        if (all.isEmpty()) {
            throw refused("the lock " + file + " does not name it: lock the manifest again (stowbook image lock -f MANIFEST)");
        }
        return all.stream()
                .filter(locked -> locked.platform().equals(host.toString()))
                .findFirst()
                .or(() -> all.stream().filter(locked -> runsHere(locked.platform())).findFirst())
                .orElseThrow(() -> refused("the lock " + file + " names it for "
                        + all.stream().map(LockedImage::platform).collect(Collectors.joining(", ")) + " only, and this host is " + host
                        + ": lock the manifest again with --platform " + host + " as well"));
    }

    private boolean runsHere(String platform) {
        return (platform + "/").startsWith(host.os() + "/" + host.architecture() + "/");
    }

    private Future<ImagePin> held(Call call, PullWish wish, LockedImage locked) {
        return image(call, wish, locked).compose(image -> {
            sameLayers(locked, image);
            return tree(call, locked, image).map(sound -> locked.pin());
        });
    }

    private Future<StoredImage> image(Call call, PullWish wish, LockedImage locked) {
        Optional<StoredImage> here = Optional.ofNullable(backend.state().images().get(locked.config()));
        if (here.isPresent() && isNamed(backend.state(), wish.image(), here.get())) {
            return Future.succeededFuture(here.get());
        }
        if (locked.origin().isEmpty()) {
            throw refused(ErrorCode.NOT_FOUND, here.isPresent()
                    ? "the store has it under other names only: give it this one (stowbook image tag " + locked.config() + " " + wish.image() + ")"
                    : "the lock " + file + " names an image that came from no registry, and this store has none with the configuration "
                            + locked.config() + ": load it from where it was made (stowbook image save, stowbook image load)");
        }
        if (wish.policy() == PullWish.Policy.NEVER) {
            throw refused(ErrorCode.NOT_FOUND, "the store has none of that name with the configuration " + locked.config() + " that the lock " + file
                    + " names, and imagePullPolicy is Never: load it, or let it be pulled");
        }
        LockedImage.Origin origin = locked.origin().get();
        String name = nameOf(wish.image());
        if (!ImageReference.parse(name).canonical().name().equals(origin.repository())) {
            throw refused("the lock " + file + " says that it comes from " + origin.repository() + ", which it does not by its name: lock the manifest again");
        }
        return pulls.pullLocked(call, name, origin, locked.platform(), Optional.empty()).map(pulled -> ofConfiguration(locked, pulled.image()));
    }

    /**
     * Whether an image has a name of the repository that a reference names. The signature policy was asked when it got that; an image that has none may
     * not run under such a name because it came as another.
     */
    static boolean isNamed(State state, String reference, StoredImage image) {
        if (reference.startsWith("sha256:")) {
            return true;
        }
        String name = nameOf(reference);
        return state.references().tailMap(name).entrySet().stream()
                .takeWhile(entry -> entry.getKey().startsWith(name))
                .anyMatch(entry -> entry.getValue().equals(image.id()) && nameOf(entry.getKey()).equals(name));
    }

    private StoredImage ofConfiguration(LockedImage locked, String id) {
        if (!id.equals(locked.config())) {
            throw refused("its config differs: the manifest " + locked.origin().map(LockedImage.Origin::manifest).orElse("") + " has " + id + ", the lock " + file + " says "
                    + locked.config() + ": the lock was changed by hand, lock the manifest again");
        }
        return Optional.ofNullable(backend.state().images().get(id))
                .orElseThrow(() -> refused("it was removed meanwhile: apply again"));
    }

    private void sameLayers(LockedImage locked, StoredImage image) {
        List<String> diffIds = image.layers().stream().map(StoredLayer::diffId).toList();
        for (int i = 0; i < Math.max(diffIds.size(), locked.diffIds().size()); i++) {
            String is = i < diffIds.size() ? diffIds.get(i) : "no such layer";
            String said = i < locked.diffIds().size() ? locked.diffIds().get(i) : "no such layer";
            if (!is.equals(said)) {
                throw refused("its diffIds differ: layer " + (i + 1) + " is " + is + ", the lock " + file + " says " + said
                        + ": the lock was changed by hand, lock the manifest again");
            }
        }
    }

    /** A tree that the book knows as the one that is locked needs no second look; whatever else it knows, the lock knows better. */
    private Future<Void> tree(Call call, LockedImage locked, StoredImage image) {
        if (locked.tree().equals(backend.state().catalogue().trees().get(image.id()))) {
            return Future.succeededFuture();
        }
        return backend.work(() -> backend.services().locks().tree(image)).compose(tree -> {
            if (!tree.equals(locked.tree())) {
                throw refused("its tree differs: the files of its layers on this host come to " + tree + ", the lock " + file + " says " + locked.tree()
                        + ": something has changed them in the store; 'stowbook fsck --repair' may make them right, else remove the image and apply again");
            }
            return backend.submit(call, new ImageCommand.RecordTree(image.id(), tree)).mapEmpty();
        });
    }

    private static ApiProblem refused(String sentence) {
        return refused(ErrorCode.CONFLICT, sentence);
    }

    private static ApiProblem refused(ErrorCode code, String sentence) {
        return ApiProblem.of(code, sentence);
    }

    /** The name of a reference, without tag and digest. */
    static String nameOf(String image) {
        try {
            return ImageReference.parse(image).name();
        } catch (IllegalArgumentException e) {
            throw ApiProblem.invalid(e.getMessage());
        }
    }

    /** With registry and tag spelt out, so that {@code busybox} and {@code busybox:latest} are one; an id stays one. */
    private static String fullName(String image) {
        return image.startsWith("sha256:") ? image : ImageReference.parse(image).canonical().toString();
    }
}

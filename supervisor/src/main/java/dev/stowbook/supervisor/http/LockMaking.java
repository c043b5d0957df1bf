package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.decide.Images;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.manifest.PullWish;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ImageLock;
import dev.stowbook.supervisor.model.LockedImage;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.registry.Platforms;
import dev.stowbook.supervisor.state.State;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Makes a lock of what the images of manifests are today: as their registries have them, or as the store has those that came from none. */
final class LockMaking {
    private final Backend backend;
    private final ImagePulls pulls;
    private final boolean comparing;

    /** @param comparing whether the lock is only to be compared with another: then it may say what is wrong with this store */
    LockMaking(Backend backend, boolean comparing) {
        this.backend = backend;
        this.comparing = comparing;
        this.pulls = new ImagePulls(backend);
    }

    /** One after the other; an error names the container. */
    Future<ImageLock> make(Call call, List<PullWish> wishes, List<Platform> platforms) {
        Map<String, PullWish> once = new TreeMap<>();
        wishes.forEach(wish -> once.merge(wish.image(), wish, LockMaking::stricter));
        Optional<Credential> login = ImagePulls.login(call, once.values());
        List<LockedImage> locked = new ArrayList<>();
        Future<Void> all = Future.succeededFuture();
        for (PullWish wish : once.values()) {
            for (Platform platform : platforms) {
                all = all.compose(before -> one(call, wish, platform, login)
                        .recover(failure -> Future.failedFuture(ImagePulls.named(wish, failure)))
                        .<Void>map(image -> {
                            locked.add(image);
                            return null;
                        }));
            }
        }
        return all.map(nothing -> new ImageLock(locked));
    }

    /** Of two containers with one image, one that must not pull it speaks for both. */
    private static PullWish stricter(PullWish one, PullWish other) {
        return other.policy() == PullWish.Policy.NEVER ? other : one;
    }

    private Future<LockedImage> one(Call call, PullWish wish, Platform platform, Optional<Credential> login) {
        State state = backend.state();
        Optional<StoredImage> here = Images.find(state, wish.image());
        if (isOfThisHost(state, wish, here)) {
            return Future.succeededFuture(here)
                    .map(image -> fitting(image, platform))
                    .compose(image -> locked(call, wish, platform, Optional.empty(), image));
        }
        return backend.work(() -> backend.services().locks().resolve(wish.image(), platform.toString(), login))
                .compose(found -> fetched(call, wish, platform, found, login)
                        .compose(image -> locked(call, wish, platform, Optional.of(found.origin()), image)));
    }

    /** What was made or loaded here, what an id names, and what is not to be pulled, is what the store has. */
    private static boolean isOfThisHost(State state, PullWish wish, Optional<StoredImage> here) {
        return wish.policy() == PullWish.Policy.NEVER
                || wish.image().startsWith("sha256:")
                || here.isPresent() && (ImagePulls.isId(state, wish, here) || !ImagePulls.isPulled(state, wish.image(), here.get()));
    }

    private static StoredImage fitting(Optional<StoredImage> here, Platform platform) {
        StoredImage image = here.orElseThrow(() -> ApiProblem.of(
                ErrorCode.NOT_FOUND, "there is none in the store, and it is not to be pulled; load or build it first (stowbook image load, stowbook build)"));
        if (!image.os().equals(platform.os()) || !image.architecture().equals(platform.architecture())) {
            throw ApiProblem.of(ErrorCode.NOT_FOUND, "it was made or loaded here for " + image.os() + "/" + image.architecture() + ", and there is none for "
                    + platform + ": lock it for the platform that there is, or push one for each to a registry");
        }
        return image;
    }

    private Future<StoredImage> fetched(Call call, PullWish wish, Platform platform, ImageLocks.Found found, Optional<Credential> login) {
        Optional<StoredImage> here = Optional.ofNullable(backend.state().images().get(found.config()))
                .filter(image -> LockedApply.isNamed(backend.state(), wish.image(), image));
        return here.isPresent()
                ? Future.succeededFuture(here.get())
                : pulls.pullLocked(call, LockedApply.nameOf(wish.image()), found.origin(), platform.toString(), login).map(pulled -> stored(pulled.image()));
    }

    private StoredImage stored(String id) {
        return Optional.ofNullable(backend.state().images().get(id))
                .orElseThrow(() -> ApiProblem.of(ErrorCode.CONFLICT, "it was removed meanwhile: lock again"));
    }

    private Future<LockedImage> locked(Call call, PullWish wish, Platform platform, Optional<LockedImage.Origin> origin, StoredImage image) {
        return digested(call, image).map(tree -> new LockedImage(
                wish.image(), platform.toString(), origin, image.id(), image.layers().stream().map(StoredLayer::diffId).toList(), tree));
    }

    /** What an image's merged tree comes to; the book learns it if it knows none, and is right if it does. */
    private Future<String> digested(Call call, StoredImage image) {
        return backend.work(() -> backend.services().locks().tree(image)).compose(tree -> {
            String known = backend.state().catalogue().trees().get(image.id());
            if (known == null) {
                return backend.submit(call, new ImageCommand.RecordTree(image.id(), tree)).map(recorded -> tree);
            }
            if (!known.equals(tree) && !comparing) {
                throw ApiProblem.of(ErrorCode.CONFLICT, "its files in this store come to the tree " + tree + ", and not to " + known
                        + " as they did, so it is not locked: see 'stowbook fsck', or remove the image and lock again");
            }
            return Future.succeededFuture(tree);
        });
    }

    /** The platforms that a request names; this host's if it names none. */
    static List<Platform> platforms(List<String> texts) {
        try {
            List<Platform> named = texts.stream().distinct().map(Platforms::parse).toList();
            return named.isEmpty() ? List.of(Platform.ofHost()) : named;
        } catch (IllegalArgumentException e) {
            throw ApiProblem.invalid(e.getMessage());
        }
    }
}

package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.decide.Images;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.manifest.PullWish;
import dev.stowbook.supervisor.model.LockedImage;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.registry.Platforms;
import dev.stowbook.supervisor.registry.RegistryClient;
import dev.stowbook.supervisor.registry.Transfers;
import dev.stowbook.supervisor.state.State;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Asks for pulls and pushes, and waits for what they come to. */
final class ImagePulls {
    /** Docker's header for a login: JSON with {@code username} and {@code password}, or {@code identitytoken}, in URL-safe base64. */
    static final String LOGIN = "X-Registry-Auth";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Backend backend;

    ImagePulls(Backend backend) {
        this.backend = backend;
    }

    /** An image for a platform, this host's if none is named, with the login that the request brings. */
    Future<Transfers.Result> pull(Call call, String reference, Optional<String> platform, Transfers.Listener listener) {
        return pull(call, reference, platform, login(call), listener);
    }

    private Future<Transfers.Result> pull(
            Call call, String reference, Optional<String> platform, Optional<Credential> login, Transfers.Listener listener) {
        String name = checked(reference);
        String wanted = platform.map(ImagePulls::platform).orElseGet(() -> Platform.ofHost().toString());
        return transfer(call, name, login, new ImageCommand.PullImage(name, wanted), listener);
    }

    /** The image of one manifest, which the name's index or manifest must lead to; it gets no name but that digest. */
    Future<Transfers.Result> pullLocked(Call call, String name, LockedImage.Origin origin, String platform, Optional<Credential> login) {
        String reference = checked(name + "@" + origin.asked());
        return transfer(
                call, reference, login, new ImageCommand.PullImage(reference, platform(platform), Optional.of(origin.manifest())),
                (layer, state, bytes, total) -> {});
    }

    Future<Transfers.Result> push(Call call, String reference, Transfers.Listener listener) {
        String name = checked(reference);
        return transfer(call, name, login(call), new ImageCommand.PushImage(name), listener);
    }

    private Future<Transfers.Result> transfer(Call call, String reference, Optional<Credential> login, Command command, Transfers.Listener listener) {
        Transfers.Transfer transfer = backend.services().transfers().announce(call.id(), reference, login, listener);
        call.response().closeHandler(gone -> transfer.cancel());
        return backend.submit(call, command)
                .compose(granted -> {
                    Promise<Transfers.Result> result = Promise.promise();
                    transfer.result().whenComplete((done, failure) -> call.context().runOnContext(nothing -> {
                        if (failure != null) {
                            result.fail(failure);
                        } else {
                            result.complete(done);
                        }
                    }));
                    return result.future();
                })
                .onComplete(over -> transfer.close());
    }

    /**
     * Fetches what a manifest needs and the store has not, one after the other, with the daemon's own logins: the images may be of any registries. An
     * error names the container.
     */
    Future<Void> fetch(Call call, List<PullWish> wishes) {
        Future<Void> all = Future.succeededFuture();
        for (PullWish wish : wishes) {
            all = all.compose(nothing -> wanted(backend.state(), wish)
                    ? pull(call, wish.image(), Optional.empty(), Optional.empty(), (layer, state, bytes, total) -> {})
                            .recover(failure -> Future.failedFuture(named(wish, failure)))
                            .mapEmpty()
                    : Future.succeededFuture());
        }
        return all;
    }

    static ApiProblem named(PullWish wish, Throwable failure) {
        ApiProblem problem = ApiProblem.from(failure);
        return ApiProblem.of(problem.code(), "pod " + wish.pod() + ", container " + wish.container() + ": image " + wish.image() + ": " + problem.sentence());
    }

    private static boolean wanted(State state, PullWish wish) {
        Optional<StoredImage> here = Images.find(state, wish.image());
        return switch (wish.policy()) {
            case NEVER -> false;
            case ALWAYS -> !isId(state, wish, here);
            case IF_NOT_PRESENT -> here.isEmpty();
            case UNSAID -> here.isEmpty() || wish.latest() && isPulled(state, wish.image(), here.get());
        };
    }

    /** An id names what is here and nothing else. */
    static boolean isId(State state, PullWish wish, Optional<StoredImage> here) {
        return here.isPresent() && !state.references().containsKey(Images.normalised(wish.image()));
    }

    /** What was made or loaded here has no newer one elsewhere. */
    static boolean isPulled(State state, String reference, StoredImage image) {
        String repository = ImageReference.parse(reference).name() + "@";
        return state.references().tailMap(repository).entrySet().stream()
                .takeWhile(entry -> entry.getKey().startsWith(repository))
                .anyMatch(entry -> entry.getValue().equals(image.id()));
    }

    private static String checked(String reference) {
        try {
            return ImageReference.parse(reference).toString();
        } catch (IllegalArgumentException e) {
            throw ApiProblem.invalid(e.getMessage());
        }
    }

    private static String platform(String text) {
        try {
            return Platforms.parse(text).toString();
        } catch (IllegalArgumentException e) {
            throw ApiProblem.invalid(e.getMessage());
        }
    }

    /** The login that a request brings for all of these images: it says for no registry, so there must be one only. */
    static Optional<Credential> login(Call call, Collection<PullWish> wishes) {
        Optional<Credential> login = login(call);
        List<String> registries = wishes.stream()
                .map(PullWish::image)
                .filter(image -> !image.startsWith("sha256:"))
                .map(image -> RegistryClient.registryOf(ImageReference.parse(image)))
                .distinct()
                .sorted()
                .toList();
        if (login.isPresent() && registries.size() > 1) {
            throw ApiProblem.invalid("the header " + LOGIN + " is a login for one registry, and the images are of " + String.join(", ", registries)
                    + ": leave it out, and have the logins in the daemon's own file (registries.credentials)");
        }
        return login;
    }

    static Optional<Credential> login(Call call) {
        String header = call.request().getHeader(LOGIN);
        if (header == null || header.isEmpty()) {
            return Optional.empty();
        }
        try {
            return credential(JSON.readTree(Base64.getUrlDecoder().decode(header)));
        } catch (IOException | IllegalArgumentException e) {
            throw ApiProblem.invalid("the header " + LOGIN + " is not a JSON object in URL-safe base64"); // the cause might quote the secret
        }
    }

    static Optional<Credential> credential(JsonNode json) {
        String token = json.path("identitytoken").asText("");
        String user = json.path("username").asText("");
        if (!token.isEmpty()) {
            return Optional.of(Credential.token(token));
        }
        return user.isEmpty() ? Optional.empty() : Optional.of(Credential.login(user, json.path("password").asText("")));
    }

    /** As {@link #credential}, of a request's body; it must be there. */
    static Credential required(byte[] body) {
        try {
            return credential(JSON.readTree(body)).orElseThrow(() -> ApiProblem.invalid("the body names no username"));
        } catch (IOException e) {
            throw ApiProblem.invalid("the body is no JSON object with username and password");
        }
    }
}

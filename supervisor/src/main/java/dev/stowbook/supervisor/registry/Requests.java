package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/**
 * Requests to one place for one repository: authorised as the place asks for it, redirected without handing a login on, and repeated when the
 * place or the line had a bad moment.
 */
final class Requests {
    private static final int MOST_REDIRECTS = 5;

    private final Endpoint endpoint;
    private final Connections connections;
    private final Authorization authorization;
    private final int attempts;

    Requests(Endpoint endpoint, Connections connections, Authorization authorization, int attempts) {
        this.endpoint = endpoint;
        this.connections = connections;
        this.authorization = authorization;
        this.attempts = attempts;
    }

    /**
     * What to ask.
     *
     * @param what for messages: the thing asked for
     * @param body made anew for each attempt; empty for none
     * @param repeatable whether asking twice does no harm
     */
    record Question(String method, URI address, Map<String, String> headers, Optional<Supplier<BodyPublisher>> body, boolean repeatable, String what) {
        static Question get(URI address, Map<String, String> headers, String what) {
            return new Question("GET", address, headers, Optional.empty(), true, what);
        }

        static Question head(URI address, Map<String, String> headers, String what) {
            return new Question("HEAD", address, headers, Optional.empty(), true, what);
        }
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** The answer, if its status is one of those expected; else what it says, as an exception. */
    HttpResponse<InputStream> expect(Question question, Integer... statuses) throws RegistryException {
        HttpResponse<InputStream> response = send(question);
        if (!List.of(statuses).contains(response.statusCode())) {
            throw refused(response, question.what());
        }
        return response;
    }

    RegistryException refused(HttpResponse<InputStream> response, String what) {
        return Sentences.refused(endpoint, response, what, authorization.credential());
    }

    /** The answer, whatever its status. Its body is the caller's to close. */
    HttpResponse<InputStream> send(Question question) throws RegistryException {
        Backoff backoff = new Backoff(question.repeatable() ? attempts : 1);
        try {
            while (true) {
                try {
                    HttpResponse<InputStream> response = authorised(question);
                    if (!isMomentary(response.statusCode()) || !backoff.again(response.headers().firstValue("Retry-After"))) {
                        return response;
                    }
                    response.body().close();
                } catch (IOException e) {
                    if (isForGood(e) || !backoff.again(Optional.empty())) {
                        throw Sentences.broken(endpoint, question.address(), e);
                    }
                }
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    static RegistryException interrupted() {
        Thread.currentThread().interrupt();
        return new RegistryException(ErrorCode.UNAVAILABLE, "it was given up");
    }

    private static boolean isMomentary(int status) {
        return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
    }

    /** A bad certificate is as bad the next time, and a name that is not known will not be in a second. */
    private static boolean isForGood(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException || cause instanceof UnresolvedAddressException) {
                return true;
            }
        }
        return false;
    }

    private HttpResponse<InputStream> authorised(Question question) throws IOException, InterruptedException, RegistryException {
        for (int round = 0; ; round++) {
            Optional<String> sent = authorization.header();
            HttpResponse<InputStream> response = followed(question, sent);
            if (response.statusCode() != 401 || round == 2) {
                return response;
            }
            List<Challenge> challenges = Challenge.parse(response.headers().allValues("WWW-Authenticate"));
            if (!authorization.answer(challenges, sent)) {
                return response;
            }
            response.body().close();
        }
    }

    /** The login goes to the place it is for and nowhere else, wherever that sends us. */
    private HttpResponse<InputStream> followed(Question question, Optional<String> login) throws IOException, InterruptedException, RegistryException {
        URI address = question.address();
        for (int hops = 0; ; hops++) {
            HttpRequest.Builder request = HttpRequest.newBuilder()
                    .method(question.method(), question.body().map(Supplier::get).orElseGet(BodyPublishers::noBody));
            question.headers().forEach(request::header);
            boolean home = endpoint.owns(address);
            if (home) {
                login.ifPresent(header -> request.header("Authorization", header));
            }
            HttpResponse<InputStream> response = connections.send(request, address, home && endpoint.unverified());
            if (!isRedirect(response.statusCode()) || question.body().isPresent()) {
                return response;
            }
            response.body().close();
            if (hops == MOST_REDIRECTS) {
                throw RegistryException.invalid("registry " + endpoint.registry() + " sends requests for " + question.what() + " round in circles");
            }
            address = target(address, response);
        }
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private URI target(URI from, HttpResponse<?> response) throws RegistryException {
        URI target = location(from, response);
        boolean plain = "http".equals(target.getScheme()) && !"http".equals(endpoint.root().getScheme());
        if (plain) {
            throw RegistryException.invalid("registry " + endpoint.registry() + " redirects to " + target.getHost()
                    + " without TLS: that is not followed, ask who runs it");
        }
        return target;
    }

    /** Where an answer points to, absolute. */
    URI location(URI from, HttpResponse<?> response) throws RegistryException {
        String text = response.headers().firstValue("Location").orElse("");
        try {
            URI target = from.resolve(text);
            if (!text.isEmpty() && target.getHost() != null && ("http".equals(target.getScheme()) || "https".equals(target.getScheme()))) {
                return target;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw RegistryException.invalid("registry " + endpoint.registry() + " points to \"" + Sentences.printable(text) + "\", which is no address");
    }
}

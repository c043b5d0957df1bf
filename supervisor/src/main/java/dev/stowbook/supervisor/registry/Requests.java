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
    private static final int MOST_PATIENCES = 20;

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
     * @param body made anew each time it is sent; empty for none
     * @param repeatable whether asking twice does no harm
     * @param patiences how many silences long the answer may take
     */
    record Question(
            String method, URI address, Map<String, String> headers, Optional<Supplier<BodyPublisher>> body, boolean repeatable, int patiences, String what) {
        static Question get(URI address, Map<String, String> headers, String what) {
            return new Question("GET", address, headers, Optional.empty(), true, 1, what);
        }

        static Question head(URI address, Map<String, String> headers, String what) {
            return new Question("HEAD", address, headers, Optional.empty(), true, 1, what);
        }

        static Question sending(String method, URI address, Map<String, String> headers, Supplier<BodyPublisher> body, String what) {
            return new Question(method, address, headers, Optional.of(body), false, 1, what);
        }

        Question repeated() {
            return new Question(method, address, headers, body, true, patiences, what);
        }

        /** The registry may have much to do before it answers. */
        Question patient() {
            return new Question(method, address, headers, body, repeatable, MOST_PATIENCES, what);
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
        return givenUp();
    }

    static RegistryException givenUp() {
        return new RegistryException(ErrorCode.UNAVAILABLE, "it was given up");
    }

    static boolean isMomentary(int status) {
        return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
    }

    /** A bad certificate is as bad the next time, and a name that is not known will not be in a second. */
    static boolean isForGood(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException || cause instanceof UnresolvedAddressException || cause instanceof ProxyRefusal proxy && !proxy.isMomentary()) {
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
            boolean unverified = home ? endpoint.unverified() : connections.insecure(address).equals(Optional.of(RegistrySettings.Insecure.UNVERIFIED));
            HttpResponse<InputStream> response = connections.send(request, address, unverified, question.patiences());
            if (!isRedirect(response.statusCode()) || question.body().isPresent() && !keepsBody(response.statusCode())) {
                return response;
            }
            response.body().close();
            if (hops == MOST_REDIRECTS) {
                throw RegistryException.invalid("registry " + endpoint.registry() + " sends requests for " + question.what() + " round in circles");
            }
            address = location(address, response);
        }
    }

    static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    /** RFC 9110, section 15.4: the others may turn a request into a GET. */
    private static boolean keepsBody(int status) {
        return status == 307 || status == 308;
    }

    /** Where an answer points to, absolute; from TLS there is no way out of it, unless the operator said that this very host may do without. */
    URI location(URI from, HttpResponse<?> response) throws RegistryException {
        String text = response.headers().firstValue("Location").orElse("");
        URI target = absolute(from, text);
        boolean plain = "http".equals(target.getScheme()) && !"http".equals(endpoint.root().getScheme());
        if (plain && !connections.insecure(target).equals(Optional.of(RegistrySettings.Insecure.HTTP))) {
            throw RegistryException.invalid("registry " + endpoint.registry() + " points to http://" + target.getRawAuthority()
                    + " without TLS: that is not followed. Ask who runs it; a proxy in front of a registry has to tell it of TLS by X-Forwarded-Proto");
        }
        return target;
    }

    private URI absolute(URI from, String text) throws RegistryException {
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

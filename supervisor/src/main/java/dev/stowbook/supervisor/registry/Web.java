package dev.stowbook.supervisor.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;

/** Files from anywhere on the net: by the same proxies, with the same certificates and the same patience as images. Any thread. */
public final class Web {
    private static final int MOST_REDIRECTS = 10;

    private final Connections connections;

    Web(Connections connections) {
        this.connections = connections;
    }

    /**
     * The answer to a GET, redirects followed. Its body is the caller's to close.
     *
     * @throws IOException whose message says why there is none
     * @throws IllegalArgumentException for what is no address of the web
     */
    public HttpResponse<InputStream> get(URI address) throws IOException, InterruptedException {
        URI at = address;
        for (int hops = 0; hops <= MOST_REDIRECTS; hops++) {
            HttpResponse<InputStream> response = send(at);
            if (!Requests.isRedirect(response.statusCode())) {
                return response;
            }
            response.body().close();
            at = target(at, response);
        }
        throw new IOException("it is redirected more than " + MOST_REDIRECTS + " times");
    }

    private HttpResponse<InputStream> send(URI at) throws IOException, InterruptedException {
        try {
            return connections.send(HttpRequest.newBuilder(), at, false, 1);
        } catch (BrokenLine e) {
            throw new IOException(why(at, e), e);
        }
    }

    private static String why(URI at, BrokenLine failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return "no address is known for " + at.getHost();
            }
        }
        return Sentences.why(failure.reason());
    }

    private static URI target(URI from, HttpResponse<?> response) throws IOException {
        String text = response.headers().firstValue("Location").orElse("");
        try {
            URI target = from.resolve(text);
            boolean plain = "http".equalsIgnoreCase(target.getScheme());
            if (plain && "https".equalsIgnoreCase(from.getScheme())) {
                throw new IOException("it redirects to " + target.getHost() + " without TLS, which is not followed");
            }
            if (!text.isEmpty() && target.getHost() != null && (plain || "https".equalsIgnoreCase(target.getScheme()))) {
                return target;
            }
        } catch (IllegalArgumentException e) {
            // told below
        }
        throw new IOException("it redirects to \"" + Sentences.printable(text) + "\", which is no address");
    }
}

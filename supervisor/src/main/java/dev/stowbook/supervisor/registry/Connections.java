package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** HTTP/1.1 to registries: by proxies, with the system's certificates and the operator's. Redirects are not followed here. */
final class Connections implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);

    static {
        // Read once, when the client's classes are loaded: larger reads, and logins at proxies for https as well as http.
        System.setProperty("jdk.httpclient.bufsize", System.getProperty("jdk.httpclient.bufsize", "65536"));
        System.setProperty("jdk.http.auth.tunneling.disabledSchemes", System.getProperty("jdk.http.auth.tunneling.disabledSchemes", ""));
    }

    private final Proxies proxies;
    private final Duration patience;
    private final String userAgent;
    private final Map<String, RegistrySettings.Insecure> insecure;
    private final ExecutorService threads;
    private final HttpClient verifying;
    private final HttpClient trusting;

    /** @throws RegistryException if a file of certificates is of no use */
    Connections(RegistrySettings settings, Map<String, String> environment, String version) throws RegistryException {
        try {
            proxies = new Proxies(environment);
        } catch (IllegalArgumentException e) {
            throw RegistryException.invalid(String.valueOf(e.getMessage()));
        }
        patience = settings.patience();
        userAgent = "stowbook/" + version;
        insecure = settings.insecure();
        threads = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("registry-", 0).factory());
        verifying = client(context(new TrustManager[] {trusted(settings.authorities())}));
        trusting = client(context(new TrustManager[] {new Anybody()}));
    }

    private HttpClient client(SSLContext context) {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .proxy(proxies)
                .executor(threads)
                .sslContext(context)
                .build();
    }

    private static SSLContext context(TrustManager[] trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }

    private static X509TrustManager trusted(List<Path> files) throws RegistryException {
        try {
            X509TrustManager system = managerOf(null);
            if (files.isEmpty()) {
                return system;
            }
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            List<Certificate> all = new ArrayList<>(List.of(system.getAcceptedIssuers()));
            for (Path file : files) {
                all.addAll(read(file));
            }
            for (int i = 0; i < all.size(); i++) {
                store.setCertificateEntry("ca" + i, all.get(i));
            }
            return managerOf(store);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java cannot hold certificates", e);
        }
    }

    private static Collection<? extends Certificate> read(Path file) throws RegistryException {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in);
        } catch (GeneralSecurityException | IOException e) {
            throw new RegistryException(ErrorCode.INVALID,
                    "the file of certificates " + file + " cannot be read: " + e.getMessage() + "; it must hold certificates in PEM", e);
        }
    }

    private static X509TrustManager managerOf(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return (X509TrustManager) factory.getTrustManagers()[0];
    }

    /** What the operator allows with the host of an address. */
    Optional<RegistrySettings.Insecure> insecure(URI address) {
        return Optional.ofNullable(insecure.get(address.getRawAuthority()));
    }

    /**
     * Sends one request and waits for the headers of its response: for as long as its body goes out, and then as often the patience as is said. The
     * client's own limit counts the sending too, however well it goes.
     */
    HttpResponse<InputStream> send(HttpRequest.Builder request, URI address, boolean unverified, int patiences) throws BrokenLine, InterruptedException {
        request.uri(address).setHeader("User-Agent", userAgent);
        proxies.login(address).ifPresent(login -> request.setHeader("Proxy-Authorization", login));
        HttpRequest plain = request.build();
        CountedBody body = new CountedBody(plain.bodyPublisher().orElseGet(HttpRequest.BodyPublishers::noBody));
        CompletableFuture<HttpResponse<InputStream>> answer =
                (unverified ? trusting : verifying).sendAsync(request.method(plain.method(), body).build(), headers -> new IdleBody(patience));
        try {
            HttpResponse<InputStream> response = await(answer, body, patience.multipliedBy(patiences));
            if (response.body() == null) {
                throw new BrokenLine(address, new ProxyRefusal(response.statusCode())); // the client's way to say that no tunnel came about
            }
            return response;
        } catch (InterruptedException e) {
            giveUp(answer);
            throw e;
        } catch (ExecutionException e) {
            throw new BrokenLine(address, e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause()));
        } catch (HttpTimeoutException e) {
            throw new BrokenLine(address, e);
        }
    }

    private static HttpResponse<InputStream> await(CompletableFuture<HttpResponse<InputStream>> answer, CountedBody body, Duration silence)
            throws InterruptedException, ExecutionException, HttpTimeoutException {
        for (long gone = 0; ; ) {
            try {
                return answer.get(silence.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (body.bytes() == gone) {
                    giveUp(answer);
                    throw new HttpTimeoutException("nothing moved for " + silence.toSeconds() + " seconds");
                }
                gone = body.bytes();
            }
        }
    }

    private static void giveUp(CompletableFuture<HttpResponse<InputStream>> answer) {
        if (!answer.cancel(true)) {
            answer.thenAccept(late -> {
                try {
                    late.body().close();
                } catch (IOException e) {
                    // nobody wants it
                }
            });
        }
    }

    @Override
    public void close() {
        verifying.shutdownNow();
        trusting.shutdownNow();
        threads.shutdownNow();
    }

    /** Verifies nothing, the name included: for those that the operator named. */
    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}

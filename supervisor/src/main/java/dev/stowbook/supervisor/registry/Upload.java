package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sending content to a repository (OCI distribution-spec, "Push"). */
final class Upload {
    private static final String UPLOAD = "an upload";
    private static final Map<String, String> BYTES = Map.of("Content-Type", "application/octet-stream");

    private final Requests place;
    private final String path;

    Upload(Requests place, String path) {
        this.place = place;
        this.path = path;
    }

    boolean mount(Digest blob, String from) throws RegistryException {
        HttpResponse<InputStream> response = begin("?mount=" + blob + "&from=" + URLEncoder.encode(from, StandardCharsets.UTF_8), 201, 202);
        if (response.statusCode() == 201) {
            return true;
        }
        // It has begun an upload instead, which nobody wants now.
        forget(place.location(place.endpoint().at(path + "/blobs/uploads/"), response));
        return false;
    }

    void whole(byte[] bytes) throws RegistryException {
        URI end = withDigest(session(), Digest.of(bytes));
        discard(place.expect(Requests.Question.sending("PUT", end, BYTES, () -> BodyPublishers.ofByteArray(bytes), UPLOAD).patient(), 201, 204));
    }

    /** Storing may take a registry much longer than receiving: it digests once more, or copies what came to where it belongs. */
    Descriptor streamed(Supplier<InputStream> source, String mediaType) throws RegistryException {
        URI session = session();
        try (Measured measured = new Measured(source)) {
            HttpResponse<InputStream> taken = place.expect(
                    Requests.Question.sending("PATCH", session, BYTES, () -> BodyPublishers.ofInputStream(measured::begin), UPLOAD), 202, 204, 201);
            URI next = place.location(session, taken);
            discard(taken);
            Descriptor sent = measured.descriptor(mediaType);
            discard(place.expect(
                    Requests.Question.sending("PUT", withDigest(next, sent.digest()), BYTES, BodyPublishers::noBody, UPLOAD).patient(), 201, 204));
            return sent;
        } catch (IOException e) {
            throw new RegistryException(ErrorCode.INTERNAL, String.valueOf(e.getMessage()), e);
        }
    }

    private void forget(URI session) throws RegistryException {
        discard(place.send(new Requests.Question("DELETE", session, Map.of(), Optional.empty(), false, 1, UPLOAD)));
    }

    Digest manifest(byte[] manifest, String mediaType, String tagOrDigest) throws RegistryException {
        URI address = place.endpoint().at(path + "/manifests/" + tagOrDigest);
        Digest digest = Digest.of(manifest);
        HttpResponse<InputStream> response = place.expect(
                Requests.Question.sending(
                                "PUT", address, Map.of("Content-Type", mediaType), () -> BodyPublishers.ofByteArray(manifest),
                                "the manifest of " + path + ":" + tagOrDigest)
                        .repeated()
                        .patient(),
                201, 202);
        String told = response.headers().firstValue("Docker-Content-Digest").orElse(digest.toString());
        discard(response);
        if (told.startsWith("sha256:") && !told.equals(digest.toString())) {
            throw RegistryException.invalid("registry " + place.endpoint().registry() + " took the manifest " + digest + " for "
                    + Sentences.printable(told) + ": what it stores is not what was pushed");
        }
        return digest;
    }

    private URI session() throws RegistryException {
        HttpResponse<InputStream> begun = begin("", 202);
        return place.location(place.endpoint().at(path + "/blobs/uploads/"), begun);
    }

    private HttpResponse<InputStream> begin(String query, Integer... statuses) throws RegistryException {
        HttpResponse<InputStream> begun = place.expect(
                Requests.Question.sending(
                                "POST", place.endpoint().at(path + "/blobs/uploads/" + query), Map.of(), BodyPublishers::noBody, "an upload to " + path)
                        .repeated(),
                statuses);
        discard(begun);
        return begun;
    }

    private static URI withDigest(URI session, Digest digest) {
        return URI.create(session + (session.getRawQuery() == null ? "?" : "&") + "digest=" + digest);
    }

    private static void discard(HttpResponse<InputStream> response) {
        try (InputStream body = response.body()) {
            body.readNBytes(64 << 10);
        } catch (IOException e) {
            // the status was what counted
        }
    }

    /** Counts and digests what is sent; begun anew, it forgets what went before. */
    private static final class Measured implements AutoCloseable {
        private final Supplier<InputStream> source;
        private @Nullable Passing passing;

        Measured(Supplier<InputStream> source) {
            this.source = source;
        }

        /** For the thread that sends it, which may do so more than once. */
        synchronized InputStream begin() {
            try {
                close();
            } catch (IOException e) {
                // it broke off, and nobody reads on
            }
            passing = new Passing(source.get());
            return passing;
        }

        synchronized Descriptor descriptor(String mediaType) {
            return Objects.requireNonNull(passing).descriptor(mediaType);
        }

        @Override
        public synchronized void close() throws IOException {
            if (passing != null) {
                passing.close();
            }
        }
    }

    private static final class Passing extends FilterInputStream {
        private final MessageDigest computation;
        private long count;

        Passing(InputStream in) {
            super(in);
            computation = Digest.begin();
        }

        @Override
        public synchronized int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public synchronized int read(byte[] bytes, int offset, int length) throws IOException {
            int got = super.read(bytes, offset, length);
            if (got > 0) {
                computation.update(bytes, offset, got);
                count += got;
            }
            return got;
        }

        synchronized Descriptor descriptor(String mediaType) {
            return new Descriptor(mediaType, Digest.ended(computation), count);
        }
    }
}

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
import java.util.Optional;
import java.util.function.Supplier;

/** Sending content to a repository (OCI distribution-spec, "Push"). */
final class Upload {
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
        URI session = place.location(place.endpoint().at(path + "/blobs/uploads/"), response);
        discard(place.send(new Requests.Question("DELETE", session, Map.of(), Optional.empty(), false, "an upload")));
        return false;
    }

    void whole(byte[] bytes) throws RegistryException {
        URI session = session();
        URI end = withDigest(session, Digest.of(bytes));
        discard(place.expect(
                new Requests.Question("PUT", end, BYTES, Optional.of(() -> BodyPublishers.ofByteArray(bytes)), false, "an upload"), 201, 204));
    }

    Descriptor streamed(Supplier<InputStream> source, String mediaType) throws RegistryException {
        URI session = session();
        try (Measured measured = new Measured(source.get())) {
            HttpResponse<InputStream> taken = place.expect(
                    new Requests.Question("PATCH", session, BYTES, Optional.of(() -> BodyPublishers.ofInputStream(() -> measured)), false, "an upload"),
                    202, 204, 201);
            URI next = place.location(session, taken);
            discard(taken);
            Descriptor sent = measured.descriptor(mediaType);
            discard(place.expect(
                    new Requests.Question("PUT", withDigest(next, sent.digest()), BYTES, Optional.of(BodyPublishers::noBody), false, "an upload"), 201, 204));
            return sent;
        } catch (IOException e) {
            throw new RegistryException(ErrorCode.INTERNAL, String.valueOf(e.getMessage()), e);
        }
    }

    Digest manifest(byte[] manifest, String mediaType, String tagOrDigest) throws RegistryException {
        URI address = place.endpoint().at(path + "/manifests/" + tagOrDigest);
        Digest digest = Digest.of(manifest);
        HttpResponse<InputStream> response = place.expect(
                new Requests.Question(
                        "PUT", address, Map.of("Content-Type", mediaType), Optional.of(() -> BodyPublishers.ofByteArray(manifest)), true,
                        "the manifest of " + path + ":" + tagOrDigest),
                201, 202);
        String told = response.headers().firstValue("Docker-Content-Digest").orElse(digest.toString());
        discard(response);
        if (!told.equals(digest.toString())) {
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
                new Requests.Question(
                        "POST", place.endpoint().at(path + "/blobs/uploads/" + query), Map.of(), Optional.of(BodyPublishers::noBody), true,
                        "an upload to " + path),
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

    /** Counts and digests what is sent. */
    private static final class Measured extends FilterInputStream {
        private final MessageDigest computation;
        private long count;

        Measured(InputStream in) {
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

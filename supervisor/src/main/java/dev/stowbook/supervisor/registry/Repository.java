package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A repository of a registry (OCI distribution-spec). Every call blocks, may be made by several threads, and ends early when its thread is
 * interrupted. Whatever is returned has been verified against the digest it was asked by.
 */
public final class Repository {
    private static final int MOST_DEPTH = 4;

    private final String path;
    private final String name;
    private final List<Requests> places;
    private final RegistrySettings settings;
    private final Shunned shunned;

    /** @param places where to look, in that order; the last one is the registry itself */
    Repository(String path, String name, List<Requests> places, RegistrySettings settings) {
        this.path = path;
        this.name = name;
        this.places = List.copyOf(places);
        this.settings = settings;
        this.shunned = new Shunned(this.places);
    }

    /**
     * A reference followed to an image.
     *
     * @param named the digest that the reference leads to: of the image's manifest, or of an index
     * @param image for the platform
     */
    public record Resolved(Digest named, ManifestDocument.Image image) {}

    /** Something done at one place. */
    private interface Work<T> {
        T at(Requests place) throws RegistryException;
    }

    /** Mirrors may fail: then the next place is asked. What the registry itself says counts; why a mirror was of no use is told besides. */
    private <T> T anywhere(Work<T> work) throws RegistryException {
        return at(places, List.of(), work);
    }

    /** @param before why other mirrors are not among these */
    private static <T> T at(List<Requests> places, List<String> before, Work<T> work) throws RegistryException {
        List<String> mirrors = new ArrayList<>(before);
        for (Requests place : places.subList(0, places.size() - 1)) {
            try {
                return work.at(place);
            } catch (RegistryException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                if (e.code() != ErrorCode.NOT_FOUND) {
                    mirrors.add(e.getMessage());
                }
            }
        }
        try {
            return work.at(places.getLast());
        } catch (RegistryException e) {
            throw mirrors.isEmpty() ? e : new RegistryException(e.code(), e.getMessage() + "; before that its mirrors failed: " + String.join("; ", mirrors), e);
        }
    }

    /** Follows a reference, through indexes, to the image for a platform. */
    public Resolved resolve(ImageReference reference, Platform platform) throws RegistryException {
        return anywhere(place -> resolveAt(place, reference, platform));
    }

    private Resolved resolveAt(Requests place, ImageReference reference, Platform platform) throws RegistryException {
        String tagOrDigest = reference.digest().map(Digest::toString).or(reference::tag).orElse("latest");
        ManifestDocument document = read(fetch(place, tagOrDigest, reference.digest()), name);
        Digest named = document.digest();
        for (int depth = 0; document instanceof ManifestDocument.Index index; depth++) {
            if (depth == MOST_DEPTH) {
                throw RegistryException.invalid(name + " has indexes nested more than " + MOST_DEPTH + " deep");
            }
            Descriptor chosen = choose(index, platform);
            Fetched fetched = fetch(place, chosen.digest().toString(), Optional.of(chosen.digest()));
            if (fetched.bytes().length != chosen.sizeBytes()) {
                throw RegistryException.invalid("the manifest " + chosen.digest() + " of " + name + " has " + fetched.bytes().length
                        + " bytes, but its index says " + chosen.sizeBytes() + ": it is not taken");
            }
            document = read(fetched, name);
        }
        return new Resolved(named, (ManifestDocument.Image) document);
    }

    private Descriptor choose(ManifestDocument.Index index, Platform platform) throws RegistryException {
        Optional<Descriptor> best = Platforms.best(index.manifests(), platform);
        if (best.isEmpty() && index.manifests().size() == 1 && index.manifests().getFirst().platform().isEmpty()) {
            return index.manifests().getFirst(); // it says nothing, so there is nothing to choose
        }
        return best.orElseThrow(() -> new RegistryException(ErrorCode.NOT_FOUND, name + " has no image for " + platform + ", only for "
                + Platforms.list(index.manifests()) + ": name one of them with --platform"));
    }

    private ManifestDocument read(Fetched fetched, String what) throws RegistryException {
        return ManifestReader.read(fetched.bytes(), fetched.mediaType(), what, settings.limits());
    }

    /** A manifest's bytes and what the registry calls them. */
    public record Fetched(byte[] bytes, String mediaType) {}

    /** A manifest or index by tag or digest, whatever it is; empty if the registry has none. */
    public Optional<Fetched> manifest(String tagOrDigest) throws RegistryException {
        Optional<Digest> digest = tagOrDigest.startsWith("sha256:") ? Optional.of(Digest.parse(tagOrDigest)) : Optional.empty();
        try {
            return Optional.of(anywhere(place -> fetch(place, tagOrDigest, digest)));
        } catch (RegistryException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * What refers to a manifest (OCI distribution-spec, "Listing Referrers"), as an index: of the registry's own making, or, where it makes none, of the
     * referrers' tag. What does not stand in the first page of a long list is left out. Empty if there is none.
     */
    public Optional<byte[]> referrers(Digest manifest, String artifactType) throws RegistryException {
        String type = URLEncoder.encode(artifactType, StandardCharsets.UTF_8);
        URI address = itself().endpoint().at(path + "/referrers/" + manifest + "?artifactType=" + type);
        String what = "the list of what refers to " + manifest + " of " + name;
        HttpResponse<InputStream> response = itself().send(Requests.Question.get(address, Map.of("Accept", MediaTypes.OCI_INDEX), what));
        try (InputStream body = response.body()) {
            if (response.statusCode() == 200) {
                return Optional.of(limited(body, response, what));
            }
            if (!List.of(404, 405, 501).contains(response.statusCode())) {
                throw itself().refused(response, what);
            }
        } catch (IOException e) {
            throw Sentences.broken(itself().endpoint(), address, e);
        }
        return manifest(manifest.toString().replace(':', '-')).map(Fetched::bytes);
    }

    private Fetched fetch(Requests place, String tagOrDigest, Optional<Digest> wanted) throws RegistryException {
        URI address = place.endpoint().at(path + "/manifests/" + tagOrDigest);
        Requests.Question question = Requests.Question.get(address, Map.of("Accept", MediaTypes.ACCEPTED), name);
        Backoff backoff = new Backoff(settings.attempts());
        while (true) {
            HttpResponse<InputStream> response = place.expect(question, 200);
            try (InputStream body = response.body()) {
                byte[] bytes = limited(body, response, "the manifest of " + name);
                verify(place, bytes, wanted, response);
                return new Fetched(bytes, response.headers().firstValue("Content-Type").orElse(""));
            } catch (IOException e) {
                again(place, address, backoff, e);
            }
        }
    }

    private static void again(Requests place, URI address, Backoff backoff, IOException failure) throws RegistryException {
        try {
            if (!backoff.again(Optional.empty())) {
                throw Sentences.broken(place.endpoint(), address, failure);
            }
        } catch (InterruptedException e) {
            throw Requests.interrupted();
        }
    }

    private byte[] limited(InputStream body, HttpResponse<?> response, String what) throws IOException, RegistryException {
        long limit = settings.limits().manifestBytes();
        long told = response.headers().firstValueAsLong("Content-Length").orElse(0);
        byte[] bytes = told > limit ? new byte[0] : body.readNBytes((int) Math.min(limit + 1, Integer.MAX_VALUE - 8));
        if (told > limit || bytes.length > limit) {
            throw RegistryException.invalid(what + " is larger than the " + limit + " bytes that registries.maxManifestBytes allows");
        }
        return bytes;
    }

    private void verify(Requests place, byte[] bytes, Optional<Digest> wanted, HttpResponse<?> response) throws RegistryException {
        Digest actual = Digest.of(bytes);
        String told = response.headers().firstValue("Docker-Content-Digest").orElse("");
        boolean lies = told.startsWith("sha256:") && !told.equals(actual.toString());
        if (lies || wanted.isPresent() && !wanted.get().equals(actual)) {
            throw RegistryException.invalid("the manifest that registry " + place.endpoint().registry() + " sends for " + name + " has the digest " + actual
                    + ", not " + wanted.map(Digest::toString).orElse(Sentences.printable(told)) + ": it is damaged or forged, and is not taken");
        }
    }

    /** A small blob, whole: a configuration. */
    public byte[] document(Descriptor descriptor) throws RegistryException {
        while (true) {
            int before = shunned(descriptor.digest());
            try (InputStream in = blob(descriptor)) {
                return in.readAllBytes();
            } catch (IOException e) {
                if (shunned(descriptor.digest()) == before || Thread.currentThread().isInterrupted()) {
                    throw reason(e);
                }
            }
        }
    }

    /** The same of which only the digest is known. */
    public byte[] document(Digest digest) throws RegistryException {
        return anywhere(place -> {
            String what = "the blob " + digest + " of " + name;
            URI address = place.endpoint().at(path + "/blobs/" + digest);
            HttpResponse<InputStream> response =
                    place.expect(Requests.Question.get(address, Map.of("Accept-Encoding", "identity"), what), 200);
            try (InputStream body = response.body()) {
                byte[] bytes = limited(body, response, what);
                if (!Digest.of(bytes).equals(digest)) {
                    throw RegistryException.invalid("what registry " + place.endpoint().registry() + " sends as the blob " + digest + " has the digest "
                            + Digest.of(bytes) + ": it is damaged or forged, and nothing of it is kept");
                }
                return bytes;
            } catch (IOException e) {
                throw Sentences.broken(place.endpoint(), address, e);
            }
        });
    }

    /**
     * A blob as a stream; what goes wrong later is thrown by its reader, see {@link #reason}. A connection that breaks is taken up where it broke,
     * perhaps at another place. Where {@link #shunned} has grown meanwhile, it can be opened once more and comes from elsewhere.
     * Nothing of it may be believed before it has been read to its end without an exception.
     */
    public InputStream blob(Descriptor descriptor) throws RegistryException {
        BlobStream.Source source = new BlobStream.Source() {
            @Override
            public BlobStream.Part open(long offset) throws RegistryException {
                return at(
                        shunned.placesFor(descriptor.digest()), shunned.reasons(descriptor.digest()),
                        place -> Repository.this.open(place, descriptor, offset));
            }

            @Override
            public boolean shun(Collection<Requests> from, RegistryException why) {
                return shunned.add(descriptor.digest(), from, String.valueOf(why.getMessage()));
            }
        };
        return new BlobStream(descriptor, source, settings.attempts());
    }

    /** How many mirrors proved to be of no use for a blob and are not asked for it any more. */
    public int shunned(Digest blob) {
        return shunned.reasons(blob).size();
    }

    /** What was wrong with mirrors that are not asked any more, in sentences. */
    public List<String> troubles() {
        return shunned.reasons();
    }

    private BlobStream.Part open(Requests place, Descriptor blob, long offset) throws RegistryException {
        // Compression in transit would change what is digested.
        Map<String, String> headers = offset == 0
                ? Map.of("Accept-Encoding", "identity")
                : Map.of("Accept-Encoding", "identity", "Range", "bytes=" + offset + "-" + (blob.sizeBytes() - 1));
        URI address = place.endpoint().at(path + "/blobs/" + blob.digest());
        HttpResponse<InputStream> response =
                place.expect(Requests.Question.get(address, headers, "the blob " + blob.digest() + " of " + name), 200, 206);
        if (response.statusCode() == 200) {
            return new BlobStream.Part(response.body(), 0, place); // ranges are a server's choice
        }
        String range = response.headers().firstValue("Content-Range").orElse("");
        long from = range.matches("bytes [0-9]{1,18}-.*") ? Long.parseLong(range.substring(6, range.indexOf('-'))) : offset;
        return new BlobStream.Part(response.body(), from, place);
    }

    /** What a blob's reader met with: the registry's fault if it was one, else the line's. */
    public static RegistryException reason(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BlobStream.Damage damage) {
                return damage.reason();
            }
        }
        return new RegistryException(ErrorCode.INTERNAL, String.valueOf(failure.getMessage()), failure);
    }

    private Requests itself() {
        return places.getLast();
    }

    /** Whether the registry has a blob in this repository. */
    public boolean has(Digest blob) throws RegistryException {
        String what = "the blob " + blob;
        URI address = itself().endpoint().at(path + "/blobs/" + blob);
        HttpResponse<InputStream> response = itself().send(Requests.Question.head(address, Map.of(), what));
        return switch (response.statusCode()) {
            case 200 -> true;
            case 404 -> false;
            default -> throw itself().refused(response, what);
        };
    }

    /** Has the registry take a blob over from another of its repositories; false if it would rather have the bytes. */
    public boolean mount(Digest blob, String from) throws RegistryException {
        return new Upload(itself(), path).mount(blob, from);
    }

    /** Sends a small blob, whole. */
    public void upload(byte[] bytes) throws RegistryException {
        repeated(upload -> {
            upload.whole(bytes);
            return true;
        });
    }

    /**
     * Sends a blob as it comes, without knowing its digest before.
     *
     * @param source opened anew for each attempt; it is read on another thread
     * @return what was sent; its media type is the one given
     */
    public Descriptor upload(Supplier<InputStream> source, String mediaType) throws RegistryException {
        return repeated(upload -> upload.streamed(source, mediaType));
    }

    /** An upload, from its beginning. */
    private interface Sending<T> {
        T by(Upload upload) throws RegistryException;
    }

    private <T> T repeated(Sending<T> sending) throws RegistryException {
        Backoff backoff = new Backoff(settings.attempts());
        while (true) {
            try {
                return sending.by(new Upload(itself(), path));
            } catch (RegistryException e) {
                try {
                    if (e.code() != ErrorCode.UNAVAILABLE || Thread.currentThread().isInterrupted() || !backoff.again(Optional.empty())) {
                        throw e;
                    }
                } catch (InterruptedException i) {
                    throw Requests.interrupted();
                }
            }
        }
    }

    /** Writes a manifest under a tag, or under its digest. */
    public Digest put(byte[] manifest, String mediaType, String tagOrDigest) throws RegistryException {
        return new Upload(itself(), path).manifest(manifest, mediaType, tagOrDigest);
    }
}

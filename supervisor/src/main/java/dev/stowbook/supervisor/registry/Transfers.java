package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.credentials.Credential;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What somebody who asks for a pull or push brings along that must not be in the book, a login and ears, until the work takes it up. Found by the
 * request's id and the reference. Any thread.
 */
public final class Transfers {

    /** Told how layers come along; on the threads that move them. */
    @FunctionalInterface
    public interface Listener {
        /**
         * @param layer digest of the blob, or of the layer where that is not known yet
         * @param state waiting, downloading, applying, done, exists, uploading, mounted
         * @param bytes of the blob so far
         * @param totalBytes the blob's size; 0 if not known yet
         */
        void layer(String layer, String state, long bytes, long totalBytes);
    }

    /**
     * What it came to.
     *
     * @param image the image's id
     * @param digest what the reference names at the registry
     * @param warnings what whoever asked should know, in sentences
     */
    public record Result(String image, String digest, List<String> warnings) {
        public Result {
            warnings = List.copyOf(warnings);
        }
    }

    /** One of them. */
    public final class Transfer implements AutoCloseable {
        private final String key;
        private final Optional<Credential> credential;
        private final Listener listener;
        private final CompletableFuture<Result> result = new CompletableFuture<>();
        private final CompletableFuture<Void> cancelled = new CompletableFuture<>();

        private Transfer(String key, Optional<Credential> credential, Listener listener) {
            this.key = key;
            this.credential = credential;
            this.listener = listener;
        }

        public Optional<Credential> credential() {
            return credential;
        }

        public Listener listener() {
            return listener;
        }

        /** Completes when the outcome is durable; a failure is a {@link RegistryException}. */
        public CompletableFuture<Result> result() {
            return result;
        }

        /** Nobody wants it any more. */
        public void cancel() {
            cancelled.complete(null);
        }

        public boolean isCancelled() {
            return cancelled.isDone();
        }

        /** Has something done as soon as nobody wants it any more. */
        public void onCancel(Runnable action) {
            cancelled.thenRun(action);
        }

        /** It has been taken up, or never will be. */
        @Override
        public void close() {
            open.remove(key, this);
        }
    }

    private final Map<String, Transfer> open = new ConcurrentHashMap<>();

    /** Announces what is about to be asked for. */
    public Transfer announce(String request, String reference, Optional<Credential> credential, Listener listener) {
        Transfer transfer = new Transfer(request + " " + reference, credential, listener);
        open.put(transfer.key, transfer);
        return transfer;
    }

    /** What was announced; nobody listens to another. */
    public Transfer take(String request, String reference) {
        Transfer announced = open.remove(request + " " + reference);
        return announced != null ? announced : new Transfer("", Optional.empty(), (layer, state, bytes, total) -> {});
    }
}

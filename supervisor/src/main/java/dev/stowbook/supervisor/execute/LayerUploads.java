package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.image.ImageException;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.registry.Descriptor;
import dev.stowbook.supervisor.registry.RegistryException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The layers of one push on their way, a few at a time, base first. The first one that fails ends the others, and is what is told. */
final class LayerUploads {
    private LayerUploads() {}

    /**
     * A layer that the registry has now.
     *
     * @param blob as the registry has it
     * @param bytes that had to be sent for it
     */
    record Sent(Descriptor blob, long bytes) {}

    /** Brings one there. On a thread that may be interrupted. */
    interface Bringing {
        Sent bring(StoredLayer layer) throws RegistryException, ImageException;
    }

    private record Done(String diffId, Sent sent) {}

    /** Brings each there once. When it returns, and when it throws, nothing of it goes on. @return by DiffID */
    static Map<String, Sent> all(List<StoredLayer> layers, int parallel, Bringing bringing) throws RegistryException, ImageException {
        Map<String, StoredLayer> distinct = new LinkedHashMap<>();
        layers.forEach(layer -> distinct.putIfAbsent(layer.diffId(), layer));
        try (ExecutorService threads = Executors.newFixedThreadPool(parallel, Thread.ofPlatform().daemon().name("push-", 0).factory())) {
            try {
                CompletionService<Done> under = new ExecutorCompletionService<>(threads);
                distinct.values().forEach(layer -> under.submit(() -> new Done(layer.diffId(), bringing.bring(layer))));
                Map<String, Sent> sent = new HashMap<>();
                while (sent.size() < distinct.size()) {
                    Done done = under.take().get();
                    sent.put(done.diffId(), done.sent());
                }
                return sent;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new RegistryException(ErrorCode.UNAVAILABLE, "it was given up");
            } catch (ExecutionException e) {
                throw reason(e);
            } finally {
                threads.shutdownNow();
            }
        }
    }

    private static RegistryException reason(ExecutionException failure) throws RegistryException, ImageException {
        return switch (failure.getCause()) {
            case RegistryException e -> e;
            case ImageException e -> throw e;
            case Throwable e -> throw new IllegalStateException("a layer could not be sent: " + e, e);
        };
    }
}

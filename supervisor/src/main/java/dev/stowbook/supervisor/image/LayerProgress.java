package dev.stowbook.supervisor.image;

/** Told how the layers of an image come along, on the thread that stores it. */
@FunctionalInterface
public interface LayerProgress {

    /** Where a layer stands. */
    enum State {
        APPLYING,
        DONE,
        EXISTS
    }

    /**
     * @param diffId the layer
     * @param state where it stands
     * @param bytes uncompressed bytes of its tar so far
     */
    void layer(Digest diffId, State state, long bytes);

    /** Tells nobody. */
    static LayerProgress none() {
        return (diffId, state, bytes) -> {};
    }
}

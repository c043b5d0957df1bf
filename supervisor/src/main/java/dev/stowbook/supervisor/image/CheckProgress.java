package dev.stowbook.supervisor.image;

/** Hears how far a check of the store is. On the thread that checks. */
@FunctionalInterface
public interface CheckProgress {

    /**
     * @param layer the number of the layer that is read, from 1
     * @param layers how many there are
     * @param bytes how many have been read
     * @param totalBytes about how many there are to read
     */
    void at(int layer, int layers, long bytes, long totalBytes);
}

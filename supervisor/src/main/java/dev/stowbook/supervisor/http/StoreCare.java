package dev.stowbook.supervisor.http;

import java.io.IOException;
import java.util.List;

/** Checks and cleans the content store. Blocks: worker threads. */
public interface StoreCare {

    /** Something that is not as the book says; the fields are those of the API. */
    record Found(String kind, String what, String name, List<String> images, String detail, boolean repaired, String remedy) {}

    /** Hears how far a check is, on the thread that checks: which layer of how many is read, and how many bytes of about how many have been. */
    interface Progress {
        void at(int layer, int layers, long bytes, long totalBytes);
    }

    /** Holds the store against the book; reads all layers. */
    List<Found> check(boolean repair, Progress progress) throws ImageUploads.UploadRefused;

    /**
     * What can go.
     *
     * @param image id of an image of the book; empty for content that no event knows
     * @param name for people
     * @param why it is safe to remove
     */
    record Item(String image, String name, List<String> references, long freesBytes, String why) {}

    /** Which images a prune removes: those without a name, or all that no container uses. */
    List<Item> unused(boolean named);

    /** Content that no event knows: what {@link #collect} removes. */
    List<Item> unknown() throws ImageUploads.UploadRefused;

    /**
     * The images that have to go until the disk is at its low mark; none if it is.
     *
     * @param freedBytes what will be freed before them, and still counts as used
     */
    List<Item> excess(long freedBytes) throws IOException;

    /** Removes the content that no event knows. */
    void collect() throws ImageUploads.UploadRefused;

    /** How full the disk is, and where the marks are, in percent. */
    record Disk(int usedPercent, int highPercent, int lowPercent) {}

    Disk disk() throws IOException;
}

package dev.stowbook.supervisor.manifest;

import static dev.stowbook.supervisor.manifest.Shape.Field.may;
import static dev.stowbook.supervisor.manifest.Shape.Field.must;

import dev.stowbook.supervisor.manifest.Shape.Fields;
import dev.stowbook.supervisor.manifest.Shape.Items;
import dev.stowbook.supervisor.manifest.Shape.Text;
import dev.stowbook.supervisor.manifest.Shape.Word;
import java.util.List;

/** The field table of {@code stowbook.dev/v1 ImageLock}. {@code docs/locks.md} holds the same table; a test compares the two. */
final class LockTable {
    static final String KIND = "ImageLock";
    static final String VERSION = "stowbook.dev/v1";

    private static final Text DIGEST = new Text(Rule.DIGEST);

    private static final Fields ORIGIN = new Fields(
            List.of(
                    must("repository", new Text(Rule.IMAGE), "With its registry, such as `docker.io/library/busybox`."),
                    may("index", DIGEST, "The index that the reference led to, if it was one."),
                    must("manifest", DIGEST, "The platform's manifest.")),
            Notes.of());

    private static final Fields IMAGE = new Fields(
            List.of(
                    must("image", new Text(Rule.IMAGE), "The reference as manifests write it."),
                    must("platform", new Text(Rule.PLATFORM), "Such as `linux/amd64`; each image once for each."),
                    may("origin", ORIGIN, "Where it came from; absent if it was made or loaded on the host that locked it."),
                    must("config", DIGEST, "Its configuration, which is its id."),
                    must("diffIds", new Items(DIGEST, 0, 500), "Its layers' uncompressed tars, base first."),
                    must("tree", DIGEST, "Its merged tree.")),
            Notes.of());

    /** The whole document. */
    static final Fields LOCK = new Fields(
            List.of(
                    must("apiVersion", new Word(List.of(VERSION), Notes.of()), "Always `stowbook.dev/v1`."),
                    must("kind", new Word(List.of(KIND), Notes.of()), "Always `ImageLock`."),
                    must("images", new Items(IMAGE, 0, 4096), "Every image of the manifests, for every platform.")),
            Notes.of());

    private LockTable() {}
}

package dev.stowbook.spi.graph;

import dev.stowbook.spi.Driver;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import java.util.List;

/**
 * Keeps layers and makes root file systems of them.
 *
 * <p>Life of a layer: a <em>read-only</em> layer comes from {@link #applyDiff} (a tar on top of a parent) or from
 * {@link #commit} of a writable one. A <em>writable</em> layer comes from {@link #prepare}, belongs to one container and is
 * what {@link #mounts} describes for the keeper. Layers are named by ids that the daemon drew (1 to 64 characters of
 * {@code [0-9a-f]}); a parent is always a read-only layer and is never removed before its children.
 *
 * <p>Every verb that makes a layer works below a temporary name and renames it into place, so a layer either is complete or
 * {@link #inspect} calls it ABSENT or PARTIAL. A read-only layer is synced before it has its name, and its name before the verb
 * answers; a writable one need not be, since a loss of power ends its container, and a start is not to wait for the disk. A verb
 * that fails takes away what it made, a full disk above all. Called again with a layer that is PRESENT, it answers as the first
 * time. A layer never writes outside its own directory, whatever the tar says.
 *
 * <p>Threads: any worker; at most one call is in flight per layer id, calls on different layers run side by side.
 */
public interface GraphDriver extends Driver {

    /**
     * Makes a writable layer on top of a parent.
     *
     * @throws DriverException NOT_FOUND if the parent is missing; UNSUPPORTED for a quota without the capability; NO_SPACE
     */
    PreparedLayer prepare(PrepareRequest request) throws DriverException;

    /**
     * Unpacks an uncompressed layer tar (OCI image-spec, "Image Layer Filesystem Changeset") on top of a parent as a new
     * read-only layer. Reads the stream to its end, padding included, and does not close it.
     *
     * @throws DriverException CORRUPT for a damaged or hostile tar, with the entry's name; NO_SPACE; NOT_FOUND for the parent
     */
    AppliedDiff applyDiff(ApplyDiffRequest request) throws DriverException;

    /**
     * Freezes a writable layer into a read-only one with a new id; the writable layer stays as it is.
     *
     * @throws DriverException NOT_FOUND, NO_SPACE
     */
    AppliedDiff commit(CommitRequest request) throws DriverException;

    /**
     * Writes what a layer changes against its parent as an uncompressed layer tar, entries sorted by path, whiteouts as
     * {@code .wh.} entries. Does not close the stream.
     *
     * @throws DriverException NOT_FOUND, IO
     */
    void diff(DiffRequest request) throws DriverException;

    /**
     * Lists what a layer changes against its parent, sorted by path.
     *
     * @throws DriverException NOT_FOUND, IO
     */
    List<Change> changes(LayerTarget target) throws DriverException;

    /**
     * Describes the mount of a writable layer; mounts nothing. The keeper makes it inside the container.
     *
     * @throws DriverException NOT_FOUND
     */
    RootfsMount mounts(LayerTarget target) throws DriverException;

    /**
     * Opens the merged file system of any layer as a detached mount (open_tree(2), fsmount(2)), read-only for read-only
     * layers. The caller owns the descriptor; closing it ends the mount.
     *
     * @throws DriverException NOT_FOUND, IO
     */
    View view(LayerTarget target) throws DriverException;

    /**
     * Measures what a layer itself takes on disk.
     *
     * @throws DriverException NOT_FOUND
     */
    Usage usage(LayerTarget target) throws DriverException;

    /** Says what is there of a layer. Never mutates. */
    Inspection inspect(LayerTarget target) throws DriverException;

    /** All layers of ours, complete ones and remains, sorted by id. */
    List<LayerEntry> list() throws DriverException;

    /**
     * Removes a layer or its remains. Absent is success.
     *
     * @throws DriverException BUSY if another layer stands on it; IO
     */
    void remove(LayerTarget target) throws DriverException;
}

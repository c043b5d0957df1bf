package dev.stowbook.spi.volume;

import dev.stowbook.spi.Driver;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import java.util.List;

/**
 * Keeps volumes: directories whose content belongs to users and outlives containers.
 *
 * <p>Life of a volume: {@link #create} makes it, empty; it lives on any number of restarts of daemon and machine until {@link #remove}
 * destroys it with its content. While pods use it, each is a <em>user</em> of it from {@link #mount} to {@link #unmount}: {@code mount}
 * makes the content reachable on the host (a driver for network storage attaches it with the first user) and answers the path that the
 * keeper binds into the user's containers; {@code unmount} ends one user's use, with the last one the driver takes down what it put up.
 * A volume with a user is never removed.
 *
 * <p>Volumes are told apart by name; a name is used again only after {@code remove} answered. Users are remembered below
 * {@link dev.stowbook.spi.DriverContext#runDirectory}, which a reboot empties as it ends all users; volumes below
 * {@link dev.stowbook.spi.DriverContext#privateDirectory}, so that a driver with amnesia finds both.
 *
 * <p>{@code create} works below a temporary name, syncs and renames into place, {@code remove} renames away first and syncs that: a volume
 * under its own name is complete, also after a loss of power. A {@code create} that fails takes away what it made. Each verb called again answers as the first time. A driver writes nothing into a volume and follows no link in one:
 * what lies there is its users' and may be hostile.
 *
 * <p>Threads: any worker; at most one call is in flight per volume, calls on different volumes run side by side.
 */
public interface VolumeDriver extends Driver {

    /**
     * Makes an empty volume. A volume of that name with the same options and quota is the answer to an earlier call and stays as it is.
     *
     * @throws DriverException INVALID for a name, an option or a value the driver does not take, or if the volume exists with others;
     *     UNSUPPORTED for a quota it cannot keep; FOREIGN if something else has the place; NO_SPACE
     */
    void create(CreateVolumeRequest request) throws DriverException;

    /**
     * Makes a volume usable for one more user; for one that it has already, answers the same again.
     *
     * @throws DriverException NOT_FOUND if there is no such volume, or what it stands for is gone; UNAVAILABLE if it cannot be attached now
     */
    MountedVolume mount(MountVolumeRequest request) throws DriverException;

    /**
     * Ends one user's use. What containers have bound of it lasts until they let go. No such user, or no such volume, is success.
     *
     * @throws DriverException IO if it cannot be detached
     */
    void unmount(MountVolumeRequest request) throws DriverException;

    /**
     * Destroys a volume and all that is in it, or its remains. Absent is success.
     *
     * @throws DriverException BUSY if it has users; FOREIGN if something else has its place
     */
    void remove(VolumeTarget target) throws DriverException;

    /** Says what is there of a volume. Never mutates. */
    Inspection inspect(VolumeTarget target) throws DriverException;

    /** All volumes of ours, complete ones and remains, sorted by name. */
    List<VolumeEntry> list() throws DriverException;
}

package dev.stowbook.supervisor.log.chronicle;

import dev.stowbook.linux.disk.Disk;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogOptions;
import java.time.InstantSource;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.core.onoes.Slf4jExceptionHandler;

/** Opens a log in a Chronicle Queue. */
public final class ChronicleEventLog {

    static {
        // Read by the library when its classes load. The first: it posts to a statistics service otherwise. The second: our flock has
        // shown already that nobody else writes, so that a lock left in its metadata is a dead process's, whoever has its pid now.
        System.setProperty("chronicle.analytics.disable", "true");
        System.setProperty("queue.force.unlock.mode", "ALWAYS");
        // It advertises itself in the log otherwise.
        System.setProperty("chronicle.announcer.disable", "true");
        // The disk is watched by our own guard; this would be one more thread.
        System.setProperty("chronicle.disk.monitor.disable", "true");
        // Errors and warnings only: it also reports what each mapping took.
        Jvm.setExceptionHandlers(Slf4jExceptionHandler.ERROR, Slf4jExceptionHandler.WARN, null, null);
    }

    private ChronicleEventLog() {}

    /** Opens it, after a check. @throws LogException LOCKED, DAMAGED or BROKEN */
    public static FramedLog open(LogOptions options) throws LogException {
        return open(options, InstantSource.system(), Disk.real());
    }

    /** How its store is opened, for verifying and repairing. */
    public static FramedLog.StoreOpener store() {
        return directory -> ChronicleFrameStore.open(directory, InstantSource.system(), Disk.real());
    }

    /** The same by another clock, which decides when a new file begins, and with another disk. */
    static FramedLog open(LogOptions options, InstantSource clock, Disk disk) throws LogException {
        return FramedLog.open(options, directory -> ChronicleFrameStore.open(directory, clock, disk));
    }
}

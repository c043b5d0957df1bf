package dev.stowbook.supervisor.log.file;

import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogOptions;

/** Opens a log in plain files. */
public final class FileEventLog {

    private FileEventLog() {}

    /** Opens it, after a check. @throws LogException LOCKED, DAMAGED or BROKEN */
    public static FramedLog open(LogOptions options) throws LogException {
        return open(options, FileFrameStore.SEGMENT_BYTES);
    }

    /** How its store is opened, for verifying and repairing. */
    public static FramedLog.StoreOpener store() {
        return directory -> FileFrameStore.open(directory, FileFrameStore.SEGMENT_BYTES);
    }

    /** The same with segments of another size. */
    static FramedLog open(LogOptions options, long segmentBytes) throws LogException {
        return FramedLog.open(options, directory -> FileFrameStore.open(directory, segmentBytes));
    }
}

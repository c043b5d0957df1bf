package dev.stowbook.supervisor.log.file;

import dev.stowbook.supervisor.log.EventLogContract;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogOptions;

class FileEventLogTest extends EventLogContract {
    @Override
    protected FramedLog open(LogOptions options) throws LogException {
        return FileEventLog.open(options, 32 << 10);
    }
}

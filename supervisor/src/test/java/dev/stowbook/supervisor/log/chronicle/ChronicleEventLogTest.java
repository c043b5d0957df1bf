package dev.stowbook.supervisor.log.chronicle;

import dev.stowbook.supervisor.log.EventLogContract;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogOptions;

class ChronicleEventLogTest extends EventLogContract {
    @Override
    protected FramedLog open(LogOptions options) throws LogException {
        return ChronicleEventLog.open(options);
    }
}

package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.EventLog;
import dev.stowbook.supervisor.log.LogReport;
import dev.stowbook.supervisor.loop.CommandLoop;
import dev.stowbook.supervisor.loop.LoopThread;
import dev.stowbook.supervisor.registry.Transfers;
import dev.stowbook.supervisor.stats.StatsHub;
import dev.stowbook.supervisor.stream.Snapshots;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * What the API is built on.
 *
 * @param loop decides commands; what is shown comes from its durable state alone
 * @param thread the loop's thread
 * @param log the book
 * @param format its events
 * @param snapshots where replay may begin
 * @param info what the daemon knows of itself and its host; any thread, must not block
 * @param verifier checks the whole book; blocks
 * @param images brings images into the store
 * @param builds receives contexts and watches builds
 * @param contents reads what lies in the store, and makes images of containers
 * @param care checks and cleans the store
 * @param locks finds what lock files say of images
 * @param transfers hands logins and ears of pulls and pushes over to the work
 * @param logins tries logins at registries
 * @param processes reaches containers' processes, and those that exec started
 * @param changes tells what containers changed in their root file systems
 * @param files reads and writes files in containers
 * @param logs where containers' output lies
 * @param stats what containers use
 * @param spool a directory for uploads on their way; what is in it at start is garbage
 */
public record ApiServices(
        CommandLoop loop,
        LoopThread thread,
        EventLog log,
        EventFormat format,
        Snapshots snapshots,
        Supplier<DaemonInfo> info,
        Supplier<LogReport> verifier,
        ImageUploads images,
        Builds builds,
        ImageContents contents,
        StoreCare care,
        ImageLocks locks,
        Transfers transfers,
        Logins logins,
        ProcessStreams processes,
        LayerChanges changes,
        ContainerFiles files,
        LogFiles logs,
        StatsHub stats,
        Path spool) {}

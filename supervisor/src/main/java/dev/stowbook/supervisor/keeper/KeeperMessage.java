package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.process.ProcessIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;

/** What a keeper says over its control socket. */
public sealed interface KeeperMessage {

    /**
     * The first message of every connection.
     *
     * @param version of the protocol
     * @param keeper which process the keeper is
     * @param containerId of its container or exec
     * @param generation of its launch plan
     */
    record Hello(int version, ProcessIdentity keeper, String containerId, int generation) implements KeeperMessage {}

    /** The process is prepared and waits for {@link KeeperConnection#start()}. */
    record Held() implements KeeperMessage {}

    /**
     * The process has been executed. Told again on every new connection while it runs.
     *
     * @param process which process it is
     * @param insidePid its id in its own pid namespace
     * @param namespaceInodes inode of each {@code /proc/<pid>/ns/*}: pid, mnt, cgroup, net, ipc, uts
     * @param clamps limits that could not be given as asked
     * @param stepDurations how long each step took
     */
    record Started(
            ProcessIdentity process,
            int insidePid,
            SortedMap<String, Long> namespaceInodes,
            List<Clamp> clamps,
            SortedMap<String, Duration> stepDurations)
            implements KeeperMessage {}

    /**
     * A limit that could not be given as asked.
     *
     * @param resource RLIMIT_*, {@link #OOM_SCORE_ADJ} or {@link #CAPABILITIES}
     * @param wantedSoft asked for
     * @param wantedHard asked for
     * @param soft given
     * @param hard given
     */
    record Clamp(int resource, long wantedSoft, long wantedHard, long soft, long hard) {
        /** In the place of a resource: oom_score_adj could not be lowered. */
        public static final int OOM_SCORE_ADJ = 1000;

        /** In the place of a resource: capabilities that the daemon's own bounding set lacks; the amounts are sets. */
        public static final int CAPABILITIES = 1001;
    }

    /**
     * The process could not be executed; the keeper has ended.
     *
     * @param step where: a name of the keeper's list of steps
     * @param errno of the call that failed
     * @param path what it was about
     * @param sentence what is wrong
     * @param exitCode 127 if there is no such program, 126 if it can't be executed, otherwise 128
     */
    record StartFailed(String step, int errno, String path, String sentence, int exitCode) implements KeeperMessage {
        /** One line for people. */
        public String describe() {
            return path + ": " + sentence + " (" + dev.stowbook.linux.Errno.name(errno) + " in step " + step + ")";
        }
    }

    /**
     * The process has ended; so has the keeper. The exit file says the same.
     *
     * @param code exit code, 128 + signal if a signal ended it
     * @param signal that ended it
     * @param at wall clock
     * @param sinceBoot clock since boot, suspend included
     * @param droppedBytes output that could not be written to the log
     */
    record Exited(int code, OptionalInt signal, Instant at, Duration sinceBoot, long droppedBytes) implements KeeperMessage {}

    /**
     * Output could not be written to the log and is lost; told at the first loss, the sum is in {@link Exited}.
     *
     * @param bytes lost up to now
     * @param errno why
     */
    record OutputDropped(long bytes, int errno) implements KeeperMessage {}

    /**
     * Output for an attached reader.
     *
     * @param stream 1 standard output or terminal, 2 standard error
     * @param bytes as the process wrote them
     */
    record Output(int stream, byte[] bytes) implements KeeperMessage {}

    /**
     * This reader was too slow: output was passed over and stands in the log. Positions count the bytes of log lines that this
     * keeper has written over all files.
     *
     * @param skippedBytes output passed over
     * @param fromLogPosition where in the log it begins
     * @param toLogPosition where output that is sent again begins
     */
    record Lagged(long skippedBytes, long fromLogPosition, long toLogPosition) implements KeeperMessage {}

    /** Answer to {@link KeeperConnection#ping()}. */
    record Pong() implements KeeperMessage {}

    /**
     * Answer to a request.
     *
     * @param requestId whose
     * @param errno 0 if it was done
     * @param log where the log ended when a reader was attached, if there is one: the output it is given goes on from there
     */
    record Result(long requestId, int errno, Optional<LogPlace> log) implements KeeperMessage {}

    /**
     * A place in a container's log.
     *
     * @param inode of the file, whatever its name is by now
     * @param offset bytes of it before that place
     */
    record LogPlace(long inode, long offset) {}

    /** Parses a frame; empty for a type that this daemon doesn't know. */
    static Optional<KeeperMessage> parse(int type, int stream, byte[] payload) {
        return MessageParser.parse(type, stream, payload);
    }
}

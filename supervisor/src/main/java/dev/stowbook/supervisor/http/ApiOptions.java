package dev.stowbook.supervisor.http;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What can be set about the API.
 *
 * @param socket path of the unix socket, at most 107 bytes
 * @param group the group whose members may use it, if the host has such a group
 * @param heartbeat how long an event stream may be silent
 * @param logPoll how often a followed log file is looked at
 */
public record ApiOptions(Path socket, Optional<String> group, Duration heartbeat, Duration logPoll) {

    /** The usual settings. */
    public static ApiOptions on(Path socket) {
        return new ApiOptions(socket, Optional.of("stowbook"), Duration.ofSeconds(15), Duration.ofMillis(100));
    }

    ApiOptions withHeartbeat(Duration value) {
        return new ApiOptions(socket, group, value, logPoll);
    }
}

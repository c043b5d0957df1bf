package dev.stowbook.supervisor.model;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What an image's configuration says about starting it (OCI image-spec, "config").
 *
 * @param env {@code NAME=value}
 * @param entrypoint comes before the command
 * @param cmd default arguments
 * @param workingDir where the process starts; {@code /} if empty
 * @param user {@code name}, {@code uid}, {@code uid:gid}; root if empty
 * @param stopSignal the signal that asks it to end; SIGTERM if empty
 * @param exposedPorts {@code 80/tcp}
 * @param volumes paths that want a volume
 * @param labels the image maker's marks
 */
public record ImageRun(
        List<String> env,
        List<String> entrypoint,
        List<String> cmd,
        Optional<String> workingDir,
        Optional<String> user,
        Optional<String> stopSignal,
        List<String> exposedPorts,
        List<String> volumes,
        SortedMap<String, String> labels) {
    public ImageRun {
        env = List.copyOf(env);
        entrypoint = List.copyOf(entrypoint);
        cmd = List.copyOf(cmd);
        exposedPorts = List.copyOf(exposedPorts);
        volumes = List.copyOf(volumes);
    }
}

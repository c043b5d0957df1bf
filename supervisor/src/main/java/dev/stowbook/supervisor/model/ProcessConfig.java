package dev.stowbook.supervisor.model;

import java.util.List;

/**
 * What is started: manifest and image put together.
 *
 * @param argv at least one
 * @param env {@code NAME=value}, names unique
 * @param workingDir absolute
 * @param user {@code name}, {@code uid}, {@code uid:gid}; looked up inside the root file system
 * @param stopSignal name without SIG: {@code TERM}
 */
public record ProcessConfig(
        List<String> argv, List<String> env, String workingDir, String user, String stopSignal) {
    public ProcessConfig {
        argv = List.copyOf(argv);
        env = List.copyOf(env);
    }
}

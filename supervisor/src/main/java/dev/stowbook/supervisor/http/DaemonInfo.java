package dev.stowbook.supervisor.http;

import java.nio.file.Path;
import java.util.List;

/**
 * What a daemon says about itself, beside what the book says.
 *
 * @param version its version
 * @param root where its state lies
 * @param runDir where its sockets lie
 * @param controllers cgroup controllers, also those the host lacks
 * @param cgroupMode {@code v1}, {@code v2} or {@code hybrid}
 * @param cgroupManager who makes and limits groups: {@code cgroupfs}, that is the daemon itself, or {@code systemd}
 * @param warnings sentences about what an operator had better change
 * @param kernel {@code uname -r}
 * @param pid its process
 * @param security what the host's security modules do
 */
public record DaemonInfo(
        String version,
        Path root,
        Path runDir,
        List<Controller> controllers,
        String cgroupMode,
        String cgroupManager,
        List<String> warnings,
        String kernel,
        long pid,
        Security security) {
    public DaemonInfo {
        controllers = List.copyOf(controllers);
        warnings = List.copyOf(warnings);
    }

    /** A controller: {@code memory}; the cgroup version that owns it, 1 or 2, or 0 if none does; where its hierarchy is mounted. */
    public record Controller(String name, int version, String mount) {}

    /** {@code seccomp}, {@code apparmor}, {@code selinux}: what is done with each, in a word or a sentence. */
    public record Security(String seccomp, String apparmor, String selinux) {}
}

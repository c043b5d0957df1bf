package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.keeper.RootPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files that the daemon writes for a container and binds into it: hosts(5), hostname(5), resolv.conf(5). */
final class LaunchFiles {
    private static final Path KERNEL_HOSTNAME = Path.of("/proc/sys/kernel/hostname");

    private LaunchFiles() {}

    /** Writes them anew: they say what the book says. Lost at a power failure, they are written at the next start. */
    static List<RootPlan.MountPlan> write(Path directory, Effect.StartProcess start) throws IOException {
        Path hosts = directory.resolve("hosts");
        Path hostname = directory.resolve("hostname");
        Path resolver = directory.resolve("resolv.conf");
        String name = start.namespaces().spec().uts().host() ? Files.readString(KERNEL_HOSTNAME).strip() : start.hostname();
        Files.writeString(
                hosts,
                "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n" + start.address() + "\t"
                        + name + "\n");
        Files.writeString(hostname, name + "\n");
        StringBuilder lines = new StringBuilder();
        start.nameservers().forEach(server -> lines.append("nameserver ").append(server).append('\n'));
        Files.writeString(resolver, lines);
        return List.of(
                new RootPlan.MountPlan.Bind(hosts, "/etc/hosts", false, false),
                new RootPlan.MountPlan.Bind(hostname, "/etc/hostname", false, false),
                new RootPlan.MountPlan.Bind(resolver, "/etc/resolv.conf", false, false));
    }
}

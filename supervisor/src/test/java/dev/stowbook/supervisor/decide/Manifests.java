package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.IdPool;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.NetworkingSpec;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.model.PortSpec;
import dev.stowbook.supervisor.model.ProcessSpec;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** What tests submit. */
final class Manifests {
    /** What pods get users of their own from. */
    static final IdPool USERS = new IdPool(1 << 30, 1000, List.of());

    private Manifests() {}

    static DaemonCommand.StartDaemon daemon(String boot, String subnet) {
        return new DaemonCommand.StartDaemon("test", boot, 1, "overlay", "cgroup-v1", "bridge", subnet, USERS);
    }

    static PodCommand.ApplyPods apply(PodSpec... pods) {
        return new PodCommand.ApplyPods(List.of(pods));
    }

    static PodSpec pod(String name, ContainerSpec... containers) {
        return pod(name, RestartPolicy.NEVER, containers);
    }

    static PodSpec pod(String name, RestartPolicy policy, ContainerSpec... containers) {
        return new PodSpec(
                name, new TreeMap<>(), Optional.empty(), policy, Duration.ofSeconds(10), NamespaceSpec.defaults(), List.of(containers),
                Optional.empty(), List.of(), NetworkingSpec.defaults(), ResourceSpec.unlimited());
    }

    static ContainerSpec container(String name, String image, Integer... hostPorts) {
        return new ContainerSpec(
                name,
                image,
                List.of("sleep", "60"),
                List.of(),
                List.of(),
                Optional.empty(),
                Arrays.stream(hostPorts)
                        .map(port -> new PortSpec(
                                Optional.empty(), 80, OptionalInt.of(port), Optional.empty(), PortSpec.Protocol.TCP))
                        .toList(),
                ResourceSpec.unlimited(),
                ProcessSpec.defaults(),
                SecuritySpec.defaults(),
                List.of(),
                Optional.empty());
    }

    static ImageCommand.RegisterImages register(String reference, StoredImage image) {
        return new ImageCommand.RegisterImages(
                List.of(new ImageCommand.Arrival(image, List.of(reference), "test")));
    }

    /** An image whose layers are those, base first. */
    static StoredImage image(String digit, String... layers) {
        return new StoredImage(
                "sha256:" + digit.repeat(64),
                Arrays.stream(layers)
                        .map(layer -> new StoredLayer("sha256:diff-" + layer, "sha256:chain-" + layer, "cache-" + layer, 10))
                        .toList(),
                new ImageRun(
                        List.of("LANG=C"), List.of(), List.of("sh"), Optional.empty(), Optional.empty(),
                        Optional.of("SIGQUIT"), List.of(), List.of(), new TreeMap<>()),
                "amd64",
                "linux",
                Book.BEGIN);
    }
}

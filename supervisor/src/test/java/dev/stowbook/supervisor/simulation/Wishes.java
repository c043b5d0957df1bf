package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.command.VolumeCommand;
import dev.stowbook.supervisor.model.Bound;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.ImagePin;
import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PortSpec;
import dev.stowbook.supervisor.model.ProcessSpec;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.model.VolumeSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What random users want. */
final class Wishes {
    static final List<String> PODS = List.of("web", "db", "cache", "job");
    private static final List<String> IMAGES = List.of("base", "left", "right");
    private static final List<String> VOLUMES = List.of("data", "more");

    private final Random random;

    Wishes(Random random) {
        this.random = random;
    }

    Command next() {
        String pod = one(PODS);
        String image = one(IMAGES);
        return switch (random.nextInt(30)) {
            case 29 -> new ImageCommand.RecordTree(image(image).id(), "sha256:" + random.nextInt(3));
            case 27 -> new ImageCommand.PullImage(image, "linux/amd64");
            case 28 -> new ImageCommand.PushImage(image);
            case 15 -> new VolumeCommand.CreateVolume(
                    Optional.of(one(VOLUMES)), "local", new TreeMap<>(), OptionalLong.empty(), new TreeMap<>());
            case 16 -> new VolumeCommand.RemoveVolume(one(VOLUMES));
            case 17 -> new VolumeCommand.PruneVolumes();
            case 0, 1, 2 -> new PodCommand.ApplyPods(List.of(pod(pod)));
            case 3 -> new PodCommand.ApplyPods(List.of(pod("web"), pod("db")));
            case 4 -> new PodCommand.StopPod(pod, OptionalLong.of(random.nextInt(3) * 10L));
            case 5 -> new PodCommand.KillPod(pod, random.nextBoolean() ? "KILL" : "HUP");
            case 6 -> new PodCommand.RemovePods(List.of(pod), random.nextBoolean(), true, OptionalLong.empty());
            case 7 -> new PodCommand.StartPod(pod);
            case 8 -> new ContainerCommand.StopContainer(pod + "/c0", OptionalLong.of(random.nextInt(20)));
            case 9 -> new ContainerCommand.KillContainer(pod + "/c0", random.nextBoolean() ? "9" : "USR1");
            case 10 -> new ContainerCommand.StartExec(
                    pod + "/c0", List.of("true"), List.of(), Optional.empty(), Optional.empty(), false, false, false);
            case 11 -> new ImageCommand.RemoveImage(random.nextInt(3) == 0 ? "built:" + random.nextInt(2) : image, random.nextBoolean());
            case 24 -> new ContainerCommand.UpdateContainer(pod + "/c0", limits());
            case 26 -> FakeBuilds.wish(random);
            case 25 -> new PodCommand.UpdatePod(pod, limits());
            case 12 -> new ImageCommand.TagImage(image, one(IMAGES) + ":other");
            case 18, 19, 20, 21 -> NetworkWishes.next(random, pod);
            case 22 -> pausing(pod);
            case 23 -> resuming(pod);
            default -> new ImageCommand.RegisterImages(
                    List.of(new ImageCommand.Arrival(image(image), List.of(image), "test")));
        };
    }

    private Command pausing(String pod) {
        return switch (random.nextInt(3)) {
            case 0 -> new PodCommand.PausePod(pod);
            case 1 -> new ContainerCommand.PauseContainer(pod + "/c0");
            default -> new ContainerCommand.HoldForCommit(pod + "/c0");
        };
    }

    private Command resuming(String pod) {
        return switch (random.nextInt(3)) {
            case 0 -> new PodCommand.ResumePod(pod);
            case 1 -> new ContainerCommand.ResumeContainer(pod + "/c0");
            default -> new ContainerCommand.ReleaseFromCommit(pod + "/c0");
        };
    }

    private ResourceSpec limits() {
        ResourceSpec none = ResourceSpec.unlimited();
        Optional<Bound> pids = Optional.of(random.nextInt(4) == 0 ? Bound.UNLIMITED : Bound.of(1 + random.nextInt(3)));
        return new ResourceSpec(none.cpu(), none.memory(), none.io(), pids, none.hugePages(), none.netClass(), none.pressure(), none.storageBytes());
    }

    private String one(List<String> names) {
        return names.get(random.nextInt(names.size()));
    }

    private PodSpec pod(String name) {
        List<ContainerSpec> containers = new ArrayList<>();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            OptionalInt hostPort = random.nextInt(4) == 0 ? OptionalInt.of(8000 + random.nextInt(3)) : OptionalInt.empty();
            containers.add(new ContainerSpec(
                    "c" + i,
                    one(IMAGES),
                    List.of("sleep", "" + random.nextInt(3)),
                    List.of(),
                    List.of(),
                    Optional.empty(),
                    List.of(new PortSpec(Optional.empty(), 80, 1 + random.nextInt(2), hostPort, Optional.empty(), PortSpec.Protocol.TCP)),
                    random.nextInt(3) == 0 ? limits() : ResourceSpec.unlimited(),
                    ProcessSpec.defaults(),
                    SecuritySpec.defaults(),
                    mounts(),
                    random.nextInt(6) == 0 ? Optional.of(new ImagePin(image(one(IMAGES)).id(), Optional.empty(), "sha256:1")) : Optional.empty()));
        }
        return new PodSpec(
                name,
                new TreeMap<>(),
                Optional.empty(),
                PodSpec.RestartPolicy.values()[random.nextInt(3)],
                Duration.ofMillis(20),
                NamespaceSpec.defaults(),
                containers,
                random.nextInt(4) == 0 ? Optional.of(random.nextBoolean()) : Optional.empty(),
                List.of(
                        volume("own", Optional.of(new VolumeSpec.EmptyDir(false, OptionalLong.empty())), Optional.empty()),
                        volume("made", Optional.empty(), Optional.of(new VolumeSpec.Kept(
                                one(VOLUMES), false,
                                Optional.of(new VolumeSpec.Making("local", new TreeMap<>(), OptionalLong.empty())), true))),
                        volume("claimed", Optional.empty(), Optional.of(
                                new VolumeSpec.Kept(one(VOLUMES), false, Optional.empty(), true)))),
                NetworkWishes.of(random),
                ResourceSpec.unlimited());
    }

    private static VolumeSpec volume(String name, Optional<VolumeSpec.EmptyDir> empty, Optional<VolumeSpec.Kept> kept) {
        return new VolumeSpec(name, empty, Optional.empty(), kept);
    }

    private List<MountSpec> mounts() {
        return Stream.of("own", "made", "claimed")
                .filter(name -> random.nextInt(name.equals("claimed") ? 8 : 4) == 0)
                .map(name -> new MountSpec(name, "/" + name, "", false, false, MountSpec.Propagation.NONE))
                .toList();
    }

    /** {@code left} and {@code right} stand on the layer of {@code base}. */
    static StoredImage image(String name) {
        List<StoredLayer> layers = new ArrayList<>();
        layers.add(layer("base"));
        if (!name.equals("base")) {
            layers.add(layer(name));
        }
        return new StoredImage(
                "sha256:" + name,
                layers,
                new ImageRun(
                        List.of(), List.of(), List.of("sh"), Optional.empty(), Optional.empty(), Optional.empty(),
                        List.of(), name.equals("left") ? List.of("/wanted") : List.of(), new TreeMap<>()),
                "amd64",
                "linux",
                Instant.parse("2026-01-01T00:00:00Z"));
    }

    private static StoredLayer layer(String name) {
        return new StoredLayer("sha256:diff-" + name, "sha256:chain-" + name, "cache-" + name, 10);
    }
}

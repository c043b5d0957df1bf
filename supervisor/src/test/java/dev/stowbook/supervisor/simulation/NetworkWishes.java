package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.NetworkCommand;
import dev.stowbook.supervisor.model.AttachmentSpec;
import dev.stowbook.supervisor.model.NetworkMode;
import dev.stowbook.supervisor.model.NetworkSpec;
import dev.stowbook.supervisor.model.NetworkingSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;

/** What random users want of networks. */
final class NetworkWishes {
    static final List<String> NETWORKS = List.of("front", "back");

    private NetworkWishes() {}

    static Command next(Random random, String pod) {
        String network = NETWORKS.get(random.nextInt(NETWORKS.size()));
        return switch (random.nextInt(6)) {
            case 0, 1 -> new NetworkCommand.CreateNetwork(spec(random, network));
            case 2 -> new NetworkCommand.RemoveNetworks(List.of(network));
            case 3 -> random.nextInt(4) == 0
                    ? new NetworkCommand.PruneNetworks()
                    : new NetworkCommand.DisconnectPod(pod, network);
            case 4 -> new NetworkCommand.DisconnectPod(pod, random.nextBoolean() ? network : "default");
            default -> new NetworkCommand.ConnectPod(pod, attachment(random, network));
        };
    }

    private static NetworkSpec spec(Random random, String name) {
        List<NetworkSpec.Asked> subnets = random.nextBoolean()
                ? List.of()
                : List.of(new NetworkSpec.Asked("10.9." + random.nextInt(2) + ".0/29", Optional.empty()));
        return new NetworkSpec(
                name, subnets, random.nextBoolean(), random.nextInt(3) == 0, true, OptionalInt.empty(), new TreeMap<>());
    }

    private static AttachmentSpec attachment(Random random, String network) {
        Optional<String> address =
                random.nextInt(3) == 0 ? Optional.of("10.9.0." + (2 + random.nextInt(4))) : Optional.empty();
        return new AttachmentSpec(network, address, Optional.empty(), List.of("alias"), Optional.empty(), random.nextInt(3));
    }

    /** Mostly the default network; at times others, which may not be there, or another pod's. */
    static NetworkingSpec of(Random random) {
        int chance = random.nextInt(12);
        if (chance == 0 || chance > 9) {
            return NetworkingSpec.on(List.of(AttachmentSpec.to("default"), attachment(random, NETWORKS.get(random.nextInt(NETWORKS.size())))));
        }
        if (chance == 1) {
            return NetworkingSpec.on(List.of(attachment(random, "back")));
        }
        if (chance > 4) {
            return NetworkingSpec.defaults();
        }
        NetworkMode mode = NetworkMode.values()[chance - 1];
        NetworkingSpec plain = NetworkingSpec.defaults();
        List<String> others = new ArrayList<>(Wishes.PODS);
        return new NetworkingSpec(
                mode,
                mode == NetworkMode.SHARED ? Optional.of(others.get(random.nextInt(others.size()))) : Optional.empty(),
                List.of(),
                plain.hostAliases(),
                plain.dns());
    }
}

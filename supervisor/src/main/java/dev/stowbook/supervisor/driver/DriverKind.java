package dev.stowbook.supervisor.driver;

import dev.stowbook.spi.DriverProvider;
import dev.stowbook.spi.cgroup.CgroupDriverProvider;
import dev.stowbook.spi.graph.GraphDriverProvider;
import dev.stowbook.spi.network.NetworkDriverProvider;
import dev.stowbook.spi.volume.VolumeDriverProvider;
import java.util.List;
import java.util.Optional;

/** The kinds of driver, and in which order their names are tried when none is configured. Others follow by name. */
enum DriverKind {
    GRAPH("graph", GraphDriverProvider.class, List.of("overlay", "vfs")),
    CGROUP("cgroup", CgroupDriverProvider.class, List.of("cgroup-v1", "cgroup-v2")),
    NETWORK("network", NetworkDriverProvider.class, List.of("bridge")),
    VOLUME("volume", VolumeDriverProvider.class, List.of("local"));

    final String label;
    final Class<? extends DriverProvider<?, ?>> provider;
    private final List<String> preferred;

    DriverKind(String label, Class<? extends DriverProvider<?, ?>> provider, List<String> preferred) {
        this.label = label;
        this.provider = provider;
        this.preferred = preferred;
    }

    static Optional<DriverKind> of(DriverProvider<?, ?> provider) {
        for (DriverKind kind : values()) {
            if (kind.provider.isInstance(provider)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    int rank(String name) {
        int rank = preferred.indexOf(name);
        return rank < 0 ? preferred.size() : rank;
    }
}

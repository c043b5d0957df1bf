package dev.stowbook.supervisor.http.metrics;

import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Instance;
import dev.stowbook.supervisor.state.State;
import io.prometheus.metrics.model.snapshots.Labels;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.TreeMap;

/** What the daemon says of itself, its book and what it keeps. */
final class DaemonMetrics {
    private DaemonMetrics() {}

    static void add(Families to, State state, long lastSequence, String version) {
        Instance instance = state.instance();
        to.gauge("stowbook_info", "Always 1; what the daemon is.",
                Labels.of("version", version, "instance_id", instance.id(), "graph_driver", instance.graphDriver(),
                        "cgroup_driver", instance.cgroupDriver(), "network_driver", instance.networkDriver()),
                1);
        to.counter("stowbook_events", "Events in the book.", Labels.EMPTY, lastSequence);
        to.counter("stowbook_durable_events", "Events of the book that a loss of power would not take.", Labels.EMPTY, state.sequence());
        TreeMap<String, Integer> phases = new TreeMap<>();
        for (Container.Phase phase : Container.Phase.values()) {
            phases.put(phase.name().toLowerCase(Locale.ROOT), 0);
        }
        long restarts = 0;
        for (Container container : state.containers().values()) {
            phases.merge(container.phase().name().toLowerCase(Locale.ROOT), 1, Integer::sum);
            restarts += Math.max(0, container.attempt() - 1);
        }
        phases.forEach((phase, count) -> to.gauge("stowbook_containers", "Containers by phase.", Labels.of("phase", phase), count));
        to.gauge("stowbook_container_restarts", "Restarts of the containers there are.", Labels.EMPTY, restarts);
        to.gauge("stowbook_pods", "Pods.", Labels.EMPTY, state.pods().size());
        to.gauge("stowbook_images", "Images in the store.", Labels.EMPTY, state.images().size());
        to.gauge("stowbook_networks", "Networks.", Labels.EMPTY, state.networks().size());
        process(to);
    }

    private static void process(Families to) {
        var runtime = ManagementFactory.getRuntimeMXBean();
        to.gauge("process_start_time_seconds", "When the daemon started, seconds since the epoch.", Labels.EMPTY, runtime.getStartTime() / 1e3);
        to.gauge("jvm_memory_heap_used_bytes", "Heap in use.", Labels.EMPTY,
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        to.gauge("jvm_threads", "Threads of the daemon.", Labels.EMPTY, ManagementFactory.getThreadMXBean().getThreadCount());
    }
}

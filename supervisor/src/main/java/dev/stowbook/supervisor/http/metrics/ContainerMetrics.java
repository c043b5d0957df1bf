package dev.stowbook.supervisor.http.metrics;

import dev.stowbook.spi.cgroup.CgroupStats;
import dev.stowbook.supervisor.http.json.StatsView;
import dev.stowbook.supervisor.model.Bound;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.stats.InterfaceCounters;
import dev.stowbook.supervisor.stats.Sample;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** What containers use, by the names that cAdvisor gave them, so that the dashboards people have go on working. */
final class ContainerMetrics {
    private static final double NANOS = 1e9;
    private static final double MICROS = 1e6;

    private ContainerMetrics() {}

    static void add(Families families, Pod pod, Container container, Sample sample) {
        Labels labels = Labels.of("id", container.id().value(), "pod", pod.spec().name(), "container", container.name(),
                "image", container.definition().image());
        CgroupStats group = sample.group();
        Writer to = new Writer(families, labels);
        to.counter("container_cpu_usage_seconds", "Processor time used.", group.cpu().usageNanos(), NANOS);
        to.counter("container_cpu_user_seconds", "Processor time used in user mode.", group.cpu().userNanos(), NANOS);
        to.counter("container_cpu_system_seconds", "Processor time used in the kernel.", group.cpu().systemNanos(), NANOS);
        to.counter("container_cpu_cfs_periods", "Quota periods that have passed.", group.cpu().periods(), 1);
        to.counter("container_cpu_cfs_throttled_periods", "Quota periods in which it was throttled.", group.cpu().throttledPeriods(), 1);
        to.counter("container_cpu_cfs_throttled_seconds", "Time it was throttled for.", group.cpu().throttledNanos(), NANOS);
        to.gauge("container_memory_usage_bytes", "Memory charged, page cache included.", group.memory().usageBytes());
        to.gauge("container_memory_working_set_bytes", "Memory charged without what is given up first.", StatsView.workingSet(group.memory()));
        to.gauge("container_memory_rss", "Anonymous memory, in bytes.", group.memory().anonBytes());
        to.gauge("container_memory_cache", "Page cache, in bytes.", group.memory().fileBytes());
        to.gauge("container_memory_swap", "Memory in swap, in bytes.", group.memory().swapBytes());
        to.gauge("container_memory_max_usage_bytes", "The most memory that was charged.", group.memory().peakBytes());
        to.gauge("container_spec_memory_limit_bytes", "Its memory limit.", Bound.numberOf(container.definition().resources().memory().limitBytes()));
        to.counter("container_oom_events", "Processes killed for its memory limit.", group.memory().oomKills(), 1);
        to.gauge("container_threads", "Processes and threads.", group.pids());
        to.counter("container_forks_refused", "Forks that failed for its pids limit.", group.pidsRefused(), 1);
        to.counter("container_fs_reads_bytes", "Bytes read from block devices.", group.io().readBytes(), 1);
        to.counter("container_fs_writes_bytes", "Bytes written to block devices.", group.io().writeBytes(), 1);
        to.counter("container_fs_reads", "Read operations on block devices.", group.io().reads(), 1);
        to.counter("container_fs_writes", "Write operations on block devices.", group.io().writes(), 1);
        pressure(to, "cpu", group.pressure().cpu());
        pressure(to, "memory", group.pressure().memory());
        pressure(to, "io", group.pressure().io());
        sample.interfaces().forEach(link -> network(new Writer(families, labels.merge(Labels.of("interface", link.name()))), link));
    }

    private static void pressure(Writer to, String resource, Optional<CgroupStats.Stall> stall) {
        Function<Function<CgroupStats.Stall, Long>, OptionalLong> of =
                part -> stall.map(part).map(OptionalLong::of).orElse(OptionalLong.empty());
        to.counter("container_pressure_" + resource + "_waiting_seconds", "Time in which some of its processes waited for " + resource + ".",
                of.apply(CgroupStats.Stall::someMicros), MICROS);
        to.counter("container_pressure_" + resource + "_stalled_seconds", "Time in which all of its processes waited for " + resource + ".",
                of.apply(CgroupStats.Stall::fullMicros), MICROS);
    }

    private static void network(Writer to, InterfaceCounters link) {
        to.counter("container_network_receive_bytes", "Bytes received.", link.receivedBytes());
        to.counter("container_network_receive_packets", "Packets received.", link.receivedPackets());
        to.counter("container_network_receive_errors", "Packets that came damaged.", link.receivedErrors());
        to.counter("container_network_receive_packets_dropped", "Packets thrown away on arrival.", link.receivedDropped());
        to.counter("container_network_transmit_bytes", "Bytes sent.", link.sentBytes());
        to.counter("container_network_transmit_packets", "Packets sent.", link.sentPackets());
        to.counter("container_network_transmit_errors", "Packets that could not be sent.", link.sentErrors());
        to.counter("container_network_transmit_packets_dropped", "Packets thrown away before they were sent.", link.sentDropped());
    }

    /** Writes the values there are, all with the same labels. */
    private record Writer(Families families, Labels labels) {
        void counter(String name, String help, OptionalLong value, double unitsInOne) {
            value.ifPresent(number -> families.counter(name, help, labels, number / unitsInOne));
        }

        void counter(String name, String help, long value) {
            families.counter(name, help, labels, value);
        }

        void gauge(String name, String help, OptionalLong value) {
            value.ifPresent(number -> families.gauge(name, help, labels, number));
        }
    }
}

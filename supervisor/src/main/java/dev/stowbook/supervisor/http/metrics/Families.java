package dev.stowbook.supervisor.http.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Collects values by the name of their metric. One thread. */
final class Families {
    private record Counter(String help, List<CounterDataPointSnapshot> points) {}

    private record Gauge(String help, List<GaugeDataPointSnapshot> points) {}

    private final TreeMap<String, Counter> counters = new TreeMap<>();
    private final TreeMap<String, Gauge> gauges = new TreeMap<>();

    /** {@code _total} is put behind the name when it is written. */
    void counter(String name, String help, Labels labels, double value) {
        counters.computeIfAbsent(name, any -> new Counter(help, new ArrayList<>()))
                .points().add(CounterDataPointSnapshot.builder().labels(labels).value(value).build());
    }

    void gauge(String name, String help, Labels labels, double value) {
        gauges.computeIfAbsent(name, any -> new Gauge(help, new ArrayList<>()))
                .points().add(GaugeDataPointSnapshot.builder().labels(labels).value(value).build());
    }

    MetricSnapshots snapshots() {
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        counters.forEach((name, family) -> all.metricSnapshot(new CounterSnapshot(new MetricMetadata(name, family.help()), family.points())));
        gauges.forEach((name, family) -> all.metricSnapshot(new GaugeSnapshot(new MetricMetadata(name, family.help()), family.points())));
        return all.build();
    }
}

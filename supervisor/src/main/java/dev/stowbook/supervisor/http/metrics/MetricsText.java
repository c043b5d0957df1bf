package dev.stowbook.supervisor.http.metrics;

import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.stats.Sample;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All metrics at one moment as text.
 *
 * @param contentType its type
 * @param bytes the text, UTF-8
 */
public record MetricsText(String contentType, byte[] bytes) {

    /**
     * Writes them. Any thread.
     *
     * @param samples what running containers have used; a container that could not be read is left out
     * @param accept the request's {@code Accept}: OpenMetrics if it is asked for, else the text format 0.0.4
     */
    public static MetricsText of(State state, long lastSequence, String version, Map<ContainerId, Sample> samples, @Nullable String accept)
            throws IOException {
        Families families = new Families();
        DaemonMetrics.add(families, state, lastSequence, version);
        for (Map.Entry<ContainerId, Sample> entry : samples.entrySet()) {
            Container container = state.container(entry.getKey());
            ContainerMetrics.add(families, state.pod(container.definition().pod()), container, entry.getValue());
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        OpenMetricsTextFormatWriter open = OpenMetricsTextFormatWriter.builder().build();
        if (open.accepts(accept)) {
            open.write(bytes, families.snapshots());
            return new MetricsText(open.getContentType(), bytes.toByteArray());
        }
        PrometheusTextFormatWriter text = PrometheusTextFormatWriter.builder().build();
        text.write(bytes, families.snapshots());
        return new MetricsText(text.getContentType(), bytes.toByteArray());
    }
}

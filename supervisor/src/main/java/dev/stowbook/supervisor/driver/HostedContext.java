package dev.stowbook.supervisor.driver;

import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.Observation;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** What a driver is given; its directories exist. */
record HostedContext(
        Path privateDirectory,
        Path runDirectory,
        String instanceId,
        Map<String, String> configuration,
        Consumer<Observation> observer)
        implements DriverContext {
    HostedContext {
        configuration = Map.copyOf(configuration);
    }

    @Override
    public void observe(Observation observation) {
        observer.accept(observation);
    }
}

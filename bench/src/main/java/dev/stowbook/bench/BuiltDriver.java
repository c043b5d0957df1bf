package dev.stowbook.bench;

import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.Observation;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.GraphDriverProvider;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A graph driver as its plugin's build left it, in a class loader of its own. */
final class BuiltDriver {
    private BuiltDriver() {}

    static GraphDriver open(Path repository, String name, Path home) throws Exception {
        Path classes = repository.resolve("plugins/graphdriver-" + name + "/target/classes");
        String provider = Files.readAllLines(classes.resolve("META-INF/extensions.idx")).stream()
                .filter(line -> !line.startsWith("#"))
                .findFirst()
                .orElseThrow();
        URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, BuiltDriver.class.getClassLoader());
        return ((GraphDriverProvider) loader.loadClass(provider).getDeclaredConstructor().newInstance()).open(new Context(home));
    }

    private record Context(Path privateDirectory) implements DriverContext {
        @Override
        public Path runDirectory() {
            return privateDirectory;
        }

        @Override
        public String instanceId() {
            return "0123456789ab";
        }

        @Override
        public Map<String, String> configuration() {
            return Map.of();
        }

        @Override
        public void observe(Observation observation) {
            throw new IllegalStateException("a graph driver observes nothing: " + observation);
        }
    }
}

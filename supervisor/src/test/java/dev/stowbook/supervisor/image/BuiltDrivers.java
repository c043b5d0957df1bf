package dev.stowbook.supervisor.image;

import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.Observation;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.GraphDriverProvider;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** The graph drivers as the build before this module left them, each in a class loader of its own. */
public final class BuiltDrivers {
    private BuiltDrivers() {}

    /** Opens one on a directory, which is made if it is missing. */
    public static GraphDriver open(String name, Path home) throws Exception {
        Path classes = Path.of(System.getProperty("stowbook.repository"), "plugins", "graphdriver-" + name, "target", "classes");
        Path index = classes.resolve("META-INF/extensions.idx");
        if (!Files.exists(index)) {
            throw new IOException(index + " is missing: build plugins/graphdriver-" + name + " in the same Maven run");
        }
        String provider = Files.readAllLines(index).stream().filter(line -> !line.startsWith("#")).findFirst().orElseThrow();
        Files.createDirectories(home, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, BuiltDrivers.class.getClassLoader());
        return ((GraphDriverProvider) loader.loadClass(provider).getDeclaredConstructor().newInstance()).open(context(home));
    }

    private static DriverContext context(Path home) {
        return new DriverContext() {
            @Override
            public Path privateDirectory() {
                return home;
            }

            @Override
            public Path runDirectory() {
                return home;
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
                throw new AssertionError("a graph driver observes nothing: " + observation);
            }
        };
    }
}

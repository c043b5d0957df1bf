package dev.stowbook.supervisor.driver;

import dev.stowbook.spi.DriverProvider;
import java.nio.file.Path;
import java.util.Set;

/**
 * A provider that passed all checks, with what it said about itself read once.
 *
 * @param name the driver's name
 * @param zip the file it came from
 * @param capabilities what it can do
 * @param provider the extension itself
 */
record LoadedProvider(String name, Path zip, Set<? extends Enum<?>> capabilities, DriverProvider<?, ?> provider) {
    LoadedProvider {
        capabilities = Set.copyOf(capabilities);
    }
}

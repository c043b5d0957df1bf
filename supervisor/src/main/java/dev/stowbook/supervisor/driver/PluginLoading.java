package dev.stowbook.supervisor.driver;

import dev.stowbook.spi.DriverProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.pf4j.PluginRuntimeException;
import org.pf4j.PluginState;

/** Finds, checks, unpacks and loads plugin zips; what does not fit is refused in one sentence and the rest goes on. */
final class PluginLoading {
    private static final Duration INTRODUCTION = Duration.ofSeconds(10);
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

    private final DriverPluginManager manager;
    private final Path unpacked;
    private final List<LoadedProvider> providers = new ArrayList<>();
    private final List<String> refusals = new ArrayList<>();

    PluginLoading(Path unpacked) throws IOException {
        PrivateDirectories.remove(unpacked);
        this.unpacked = PrivateDirectories.make(unpacked);
        this.manager = new DriverPluginManager(unpacked);
    }

    List<LoadedProvider> providers() {
        return List.copyOf(providers);
    }

    List<String> refusals() {
        return List.copyOf(refusals);
    }

    void builtIn(Path directory) {
        try {
            loadAll(directory, DigestList.read(directory.resolve(DigestList.FILE_NAME)));
        } catch (PluginRefused e) {
            refuse(e);
        }
    }

    void thirdParty(Path directory, java.util.Map<String, String> digests) {
        try {
            if (Files.isDirectory(directory) || !digests.isEmpty()) {
                loadAll(directory, DigestList.configured(digests));
            }
        } catch (PluginRefused e) {
            refuse(e);
        }
    }

    private void loadAll(Path directory, DigestList digests) throws PluginRefused {
        for (String listed : digests.digests().keySet()) {
            if (!Files.exists(directory.resolve(listed))) {
                refuse(new PluginRefused("Plugin " + directory.resolve(listed) + " is listed in " + digests.source()
                        + " but does not exist."));
            }
        }
        List<Path> zips;
        try (Stream<Path> files = Files.list(directory)) {
            zips = files.filter(file -> file.toString().endsWith(".zip")).sorted().toList();
        } catch (IOException e) {
            throw new PluginRefused("Plugins cannot be listed in " + directory + " (" + e + ").", e);
        }
        for (Path zip : zips) {
            try {
                load(zip, digests);
            } catch (PluginRefused e) {
                refuse(e);
            }
        }
    }

    private void refuse(PluginRefused refusal) {
        refusals.add(refusal.getMessage());
    }

    private void load(Path zip, DigestList digests) throws PluginRefused {
        PluginZip content = PluginZip.read(zip);
        String digest = content.sha256();
        digests.check(zip, digest);
        Path directory = unpacked.resolve(digest);
        content.unpack(directory);
        String id = start(zip, directory);
        for (String extension : manager.getExtensionClassNames(id)) {
            LoadedProvider provider = introduce(zip, id, extension);
            for (LoadedProvider other : providers) {
                if (other.name().equals(provider.name())) {
                    throw refused(zip, "its driver is called '" + provider.name() + "' as is that of " + other.zip());
                }
            }
            providers.add(provider);
        }
    }

    private String start(Path zip, Path directory) throws PluginRefused {
        try {
            String id = manager.loadPlugin(directory);
            var plugin = manager.getPlugin(id);
            var descriptor = plugin.getDescriptor();
            if (!descriptor.getDependencies().isEmpty()) {
                throw refused(zip, "it depends on other plugins, and drivers never see each other");
            }
            if (plugin.getPluginState() == PluginState.DISABLED) {
                throw refused(zip, "it requires version " + descriptor.getRequires() + " of the driver SPI and this is "
                        + DriverPluginManager.SYSTEM_VERSION);
            }
            if (manager.startPlugin(id) != PluginState.STARTED) {
                throw refused(zip, "PF4J left it in state " + plugin.getPluginState());
            }
            if (manager.getExtensionClassNames(id).isEmpty()) {
                throw refused(zip, "it has no extension; annotate its provider with @Extension and build with pf4j's annotation processor");
            }
            return id;
        } catch (PluginRuntimeException | LinkageError e) {
            throw refused(zip, e.toString(), e);
        }
    }

    private LoadedProvider introduce(Path zip, String id, String extension) throws PluginRefused {
        return Bounded.call("driver-introduction", INTRODUCTION, () -> meet(zip, id, extension))
                .orElseThrow(thrown -> thrown instanceof PluginRefused refusal
                        ? refusal
                        : refused(zip, "its provider " + extension + " failed: " + thrown, thrown));
    }

    private LoadedProvider meet(Path zip, String id, String extension) throws Exception {
        Class<?> type = manager.getPluginClassLoader(id).loadClass(extension);
        Object instance = type.getDeclaredConstructor().newInstance();
        if (!(instance instanceof DriverProvider<?, ?> provider)) {
            throw refused(zip, "its extension " + extension + " is no DriverProvider");
        }
        if (DriverKind.of(provider).isEmpty()) {
            throw refused(zip, "its extension " + extension + " provides no graph, cgroup or network driver");
        }
        if (provider.spiLevel() != DriverProvider.SPI_LEVEL) {
            throw refused(zip, "it was built for level " + provider.spiLevel() + " of the driver SPI and this is level "
                    + DriverProvider.SPI_LEVEL);
        }
        String name = provider.name();
        if (name == null || !NAME.matcher(name).matches()) {
            throw refused(zip, "its driver calls itself '" + name + "', which is not 1 to 32 of a-z, 0-9 and -");
        }
        Set<? extends Enum<?>> capabilities = provider.capabilities();
        if (capabilities == null) {
            throw refused(zip, "its provider answers null for its capabilities");
        }
        return new LoadedProvider(name, zip, capabilities, provider);
    }

    private static PluginRefused refused(Path zip, String why) {
        return new PluginRefused("Plugin " + zip + " is not loaded: " + why + ".");
    }

    private static PluginRefused refused(Path zip, String why, Throwable cause) {
        return new PluginRefused("Plugin " + zip + " is not loaded: " + why + ".", cause);
    }
}

package dev.stowbook.supervisor.driver;

import dev.stowbook.spi.Driver;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Health;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.volume.VolumeDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

/**
 * Loads driver plugins and opens the drivers in use, each behind its guard. Made once per daemon, after the log gave the
 * instance id; opening blocks, so not on the event loop. A driver is opened when it is first asked for and closed with the host.
 */
public final class DriverHost implements AutoCloseable {
    private static final Duration PROBE = Duration.ofSeconds(10);
    private static final Duration OPEN = Duration.ofSeconds(30);

    /** Each verb's own deadline is sooner. */
    private static final Duration UNLIMITED = Duration.ofDays(1);

    /** Directories of the root that are not a graph driver's. */
    private static final Set<String> RESERVED =
            Set.of("containers", "drivers", "image", "log", "plugins", "plugins-unpacked", "secrets", "snapshots", "tmp", "volumes");

    private final DriverHostConfig config;
    private final List<LoadedProvider> providers;
    private final List<String> refusals;
    private final Deadlines deadlines = new Deadlines();
    private final Map<String, GuardedDriver<?>> opened = new ConcurrentHashMap<>();

    private DriverHost(DriverHostConfig config, List<LoadedProvider> providers, List<String> refusals) {
        this.config = config;
        this.providers = providers;
        this.refusals = refusals;
    }

    /**
     * Loads every plugin that passes the checks; the others are in {@link #refusals}.
     *
     * @throws DriverException UNAVAILABLE if the directory to unpack into cannot be made
     */
    public static DriverHost open(DriverHostConfig config) throws DriverException {
        Path unpacked = config.root().resolve("plugins-unpacked");
        try {
            RunDirectories.emptyAfterBoot(config.runDirectory().resolve("drivers"));
            var loading = new PluginLoading(unpacked);
            loading.builtIn(config.builtInPlugins());
            loading.thirdParty(config.root().resolve("plugins"), config.thirdPartyDigests());
            return new DriverHost(config, loading.providers(), loading.refusals());
        } catch (IOException e) {
            throw new DriverException(
                    DriverErrorCode.UNAVAILABLE, 0, "unpack plugins", unpacked.toString(), e.toString(), e);
        }
    }

    /** One sentence for each plugin that was not loaded. */
    public List<String> refusals() {
        return refusals;
    }

    /** The names of all drivers that were loaded, sorted. */
    public List<String> driverNames() {
        return providers.stream().map(LoadedProvider::name).sorted().toList();
    }

    /** The configured graph driver. @throws DriverException UNAVAILABLE naming what the host lacks */
    public GuardedDriver<GraphDriver> graphDriver() throws DriverException {
        return graphDriver(config.graphDriver());
    }

    /** A graph driver by name or {@link DriverHostConfig#AUTO}; the same one for the same name. */
    public GuardedDriver<GraphDriver> graphDriver(String name) throws DriverException {
        return choose(DriverKind.GRAPH, name, GraphDriver.class);
    }

    /** The configured cgroup driver. @throws DriverException UNAVAILABLE naming what the host lacks */
    public GuardedDriver<CgroupDriver> cgroupDriver() throws DriverException {
        return cgroupDriver(config.cgroupDriver());
    }

    /** A cgroup driver by name or {@link DriverHostConfig#AUTO}; the same one for the same name. */
    public GuardedDriver<CgroupDriver> cgroupDriver(String name) throws DriverException {
        return choose(DriverKind.CGROUP, name, CgroupDriver.class);
    }

    /** The configured network driver. @throws DriverException UNAVAILABLE naming what the host lacks */
    public GuardedDriver<NetworkDriver> networkDriver() throws DriverException {
        return networkDriver(config.networkDriver());
    }

    /** A network driver by name or {@link DriverHostConfig#AUTO}; the same one for the same name. */
    public GuardedDriver<NetworkDriver> networkDriver(String name) throws DriverException {
        return choose(DriverKind.NETWORK, name, NetworkDriver.class);
    }

    /** A volume driver by name: each volume has one of its own choice. The same one for the same name. */
    public GuardedDriver<VolumeDriver> volumeDriver(String name) throws DriverException {
        return choose(DriverKind.VOLUME, name, VolumeDriver.class);
    }

    /** A driver that hangs while it opens keeps only those waiting who want it. */
    private <D extends Driver> GuardedDriver<D> choose(DriverKind kind, String name, Class<D> type) throws DriverException {
        LoadedProvider chosen = name.equals(DriverHostConfig.AUTO) ? firstUsable(kind) : named(kind, name);
        GuardedDriver<?> present;
        synchronized (chosen) {
            present = opened.get(chosen.name());
            if (present == null) {
                present = openGuarded(kind, chosen, type);
                opened.put(chosen.name(), present);
            }
        }
        @SuppressWarnings("unchecked") // openGuarded cast the driver to the kind's type, and a name has one kind
        var guarded = (GuardedDriver<D>) present;
        return guarded;
    }

    private LoadedProvider named(DriverKind kind, String name) throws DriverException {
        var candidates = candidates(kind);
        for (LoadedProvider provider : candidates) {
            if (provider.name().equals(name)) {
                return provider;
            }
        }
        throw unavailable(kind, name, "no plugin provides it; there are "
                + candidates.stream().map(LoadedProvider::name).toList() + AbsentDrivers.advice(kind, name) + because());
    }

    private LoadedProvider firstUsable(DriverKind kind) throws DriverException {
        var reasons = new ArrayList<String>();
        for (LoadedProvider candidate : candidates(kind)) {
            Health health = opened.containsKey(candidate.name()) ? new Health(true, "open") : probe(candidate);
            if (health.usable()) {
                return candidate;
            }
            reasons.add(candidate.name() + ": " + health.reason());
        }
        throw unavailable(kind, DriverHostConfig.AUTO, "no driver fits this host " + reasons + because());
    }

    private static Health probe(LoadedProvider candidate) {
        return Bounded.call("driver-" + candidate.name() + "-probe", PROBE, () -> candidate.provider().probe())
                .orElse(thrown -> new Health(false, "its probe failed: " + thrown));
    }

    private List<LoadedProvider> candidates(DriverKind kind) {
        return providers.stream()
                .filter(loaded -> kind.provider.isInstance(loaded.provider()))
                .sorted(Comparator.<LoadedProvider>comparingInt(loaded -> kind.rank(loaded.name()))
                        .thenComparing(LoadedProvider::name))
                .toList();
    }

    private <D extends Driver> GuardedDriver<D> openGuarded(DriverKind kind, LoadedProvider chosen, Class<D> type)
            throws DriverException {
        HostedContext context = context(kind, chosen.name());
        Duration longest = config.deadlines().getOrDefault(chosen.name(), UNLIMITED);
        Duration open = longest.compareTo(OPEN) < 0 ? longest : OPEN;
        Driver driver = Bounded.call("driver-" + chosen.name() + "-open", open, () -> (Driver) chosen.provider().open(context))
                .orElseThrow(thrown -> thrown instanceof DriverException typed
                        ? typed
                        : thrown instanceof TimeoutException
                                ? unavailable(kind, chosen.name(), "it did not open within " + open.toMillis() + " ms")
                                : unavailable(kind, chosen.name(), "opening it threw " + thrown));
        if (!type.isInstance(driver)) {
            throw unavailable(kind, chosen.name(), "it opened a " + driver.getClass().getName());
        }
        return new GuardedDriver<>(
                chosen.name(), type.cast(driver), chosen.capabilities(), longest, deadlines, new CircuitBreaker(System::nanoTime));
    }

    private HostedContext context(DriverKind kind, String name) throws DriverException {
        if (kind == DriverKind.GRAPH && RESERVED.contains(name)) {
            throw unavailable(kind, name, "a graph driver cannot have the name of a directory of the daemon");
        }
        Path home = switch (kind) {
            case GRAPH -> config.root().resolve(name);
            case VOLUME -> config.root().resolve("volumes").resolve(name);
            case CGROUP, NETWORK -> config.root().resolve("drivers").resolve(name);
        };
        try {
            return new HostedContext(
                    PrivateDirectories.make(home),
                    PrivateDirectories.make(config.runDirectory().resolve("drivers").resolve(name)),
                    config.instanceId(),
                    config.settings().getOrDefault(name, Map.of()),
                    observation -> config.observer().accept(name, observation));
        } catch (IOException e) {
            throw unavailable(kind, name, "its directories cannot be made: " + e);
        }
    }

    private String because() {
        return refusals.isEmpty() ? "" : "; refused were: " + String.join(" ", refusals);
    }

    private static DriverException unavailable(DriverKind kind, String name, String detail) {
        return new DriverException(DriverErrorCode.UNAVAILABLE, 0, "open " + kind.label + " driver", name, detail);
    }

    /** Closes every opened driver, each for at most ten seconds. Kernel objects stay. */
    @Override
    public synchronized void close() {
        opened.values().forEach(GuardedDriver::close);
        opened.clear();
        deadlines.close();
    }
}

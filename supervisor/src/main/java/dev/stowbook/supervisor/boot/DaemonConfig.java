package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.decide.DecisionSettings;
import dev.stowbook.supervisor.driver.DriverHostConfig;
import dev.stowbook.supervisor.execute.OutputSettings;
import dev.stowbook.supervisor.image.LayerLimits;
import dev.stowbook.supervisor.log.LogOptions;
import dev.stowbook.supervisor.model.IdPool;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.registry.RegistrySettings;
import dev.stowbook.supervisor.state.Subnet;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an operator can set; {@code docs/configuration.md} has every key. An unknown key is an error, never ignored.
 *
 * @param graphDriver name or {@code auto}
 * @param cgroupDriver name or {@code auto}
 * @param networkDriver name or {@code auto}
 * @param driverSettings section by driver name
 * @param driverDeadlines the longest that a call may take, by driver name
 * @param pluginDigests SHA-256 by file name, for third-party driver zips
 * @param subnet of the default network of a new instance; a free one if empty
 * @param decisions backoff
 * @param output log files of containers
 * @param seccompProfiles where profiles are that manifests may name
 * @param reserveBytes room left on the disk
 * @param snapshotEvery events between snapshots
 * @param users the ids that pods get as users of their own
 * @param metricsListen where Prometheus can scrape, besides the API's socket
 * @param readySandboxes how many sandboxes are made before a pod asks
 * @param layerLimits what a layer of an image may be at most
 * @param imageMarks how full the disk may get with images
 * @param signatures which images may have which names, with the keys
 * @param registries where images are pulled from and pushed to, and how
 */
record DaemonConfig(
        String graphDriver,
        String cgroupDriver,
        String networkDriver,
        Map<String, Map<String, String>> driverSettings,
        Map<String, Duration> driverDeadlines,
        Map<String, String> pluginDigests,
        Optional<String> subnet,
        DecisionSettings decisions,
        OutputSettings output,
        Optional<Path> seccompProfiles,
        long reserveBytes,
        long snapshotEvery,
        IdPool users,
        Optional<InetSocketAddress> metricsListen,
        int readySandboxes,
        LayerLimits layerLimits,
        ImageMarks imageMarks,
        SignatureConfig signatures,
        RegistrySettings registries) {
    /** Every key that can be set; {@code *} is any name. {@code docs/configuration.md} explains them, and a test compares the two. */
    static final Set<String> KEYS = keys(
            "drivers.graph", "drivers.cgroup", "drivers.network", "drivers.settings.*.*", "drivers.deadlines.*", "plugins.*", "network.subnet", "network.pool", "network.poolPrefix",
            "restart.base", "restart.factor", "restart.cap", "restart.jitter", "restart.resetWindow", "restart.giveUpAfter",
            "containerLog.maxBytes", "containerLog.maxFiles", "containerLog.drain", "security.seccompProfiles", "book.reserveBytes",
            "book.snapshotEvery", "users.first", "users.ranges", "metrics.listen", "sandboxes.ready",
            "images.layerBytes", "images.layerRatio", "images.layerEntries", "images.layerDepth", "images.pathBytes", "images.gcHighPercent", "images.gcLowPercent", "images.gcInterval",
            "signatures.default.policy", "signatures.default.keys", "signatures.default.needs", "signatures.repositories.*.policy",
            "signatures.repositories.*.keys", "signatures.repositories.*.needs", "signatures.most");

    private static final long SNAPSHOT_EVERY = 20_000;
    private static final long LEAST_LOG_BYTES = 64 << 10;
    private static final int MOST_LOG_FILES = 1000;
    private static final Duration LEAST_DEADLINE = Duration.ofMillis(100);
    private static final int MOST_PORT = 65_535;
    private static final Pattern LOOPBACK = Pattern.compile("(127\\.[0-9.]+|\\[::1])(?::([0-9]{1,5}))");
    private static final int READY_SANDBOXES = 2;
    private static final int MOST_READY_SANDBOXES = 64;

    static DaemonConfig defaults() {
        return new DaemonConfig(
                DriverHostConfig.AUTO, DriverHostConfig.AUTO, DriverHostConfig.AUTO, Map.of(), Map.of(), Map.of(),
                Optional.empty(), DecisionSettings.defaults(), OutputSettings.defaults(),
                Optional.empty(), LogOptions.DEFAULT_RESERVE_BYTES, SNAPSHOT_EVERY,
                new IdPool(IdPool.DEFAULT_FIRST, IdPool.DEFAULT_RANGES, List.of()), Optional.empty(), READY_SANDBOXES,
                LayerLimits.defaults(),
                ImageMarks.defaults(),
                SignatureConfig.none(),
                RegistryConfig.defaults());
    }

    private static Set<String> keys(String... ofDaemon) {
        LinkedHashSet<String> keys = new LinkedHashSet<>(List.of(ofDaemon));
        keys.addAll(RegistryConfig.KEYS);
        return Collections.unmodifiableSet(keys);
    }

    /** Reads a file. @throws BootException naming file and key */
    static DaemonConfig read(Path file) throws BootException {
        ConfigReader reader = ConfigReader.read(file, KEYS);
        SignatureConfig signatures = SignatureConfig.read(reader);
        DaemonConfig defaults = defaults();
        Map<String, Map<String, String>> settings = new TreeMap<>();
        for (String driver : reader.names("drivers.settings")) {
            settings.put(driver, reader.texts("drivers.settings." + driver));
        }
        return new DaemonConfig(
                reader.text("drivers.graph", defaults.graphDriver),
                reader.text("drivers.cgroup", defaults.cgroupDriver),
                reader.text("drivers.network", defaults.networkDriver),
                settings,
                driverDeadlines(reader),
                reader.texts("plugins"),
                subnet(reader),
                decisions(reader, defaults.decisions).with(signatures.policy()),
                output(reader, defaults.output),
                directory(reader, "security.seccompProfiles"),
                reader.number("book.reserveBytes", defaults.reserveBytes, 0, Long.MAX_VALUE),
                reader.number("book.snapshotEvery", defaults.snapshotEvery, 1, Long.MAX_VALUE),
                users(reader, defaults.users),
                metricsListen(reader),
                (int) reader.number("sandboxes.ready", defaults.readySandboxes, 0, MOST_READY_SANDBOXES),
                layerLimits(reader, defaults.layerLimits),
                imageMarks(reader, defaults.imageMarks),
                signatures,
                RegistryConfig.read(reader));
    }

    private static ImageMarks imageMarks(ConfigReader reader, ImageMarks defaults) throws BootException {
        int high = (int) reader.number("images.gcHighPercent", defaults.highPercent(), 1, ImageMarks.NEVER);
        int low = (int) reader.number("images.gcLowPercent", Math.min(defaults.lowPercent(), high), 0, high);
        Duration interval = reader.duration("images.gcInterval", defaults.interval());
        if (interval.compareTo(ImageMarks.LEAST_INTERVAL) < 0) {
            throw reader.refuse("images.gcInterval", "the disk cannot be looked at more often than every 0.1s; write a longer time");
        }
        return new ImageMarks(high, low, interval);
    }

    private static LayerLimits layerLimits(ConfigReader reader, LayerLimits defaults) throws BootException {
        return new LayerLimits(
                reader.number("images.layerBytes", defaults.bytes(), 1, Long.MAX_VALUE),
                reader.number("images.layerRatio", defaults.ratio(), 1, Long.MAX_VALUE),
                reader.number("images.layerEntries", defaults.entries(), 1, Long.MAX_VALUE),
                (int) reader.number("images.layerDepth", defaults.depth(), 1, LayerLimits.MOST_DEPTH),
                (int) reader.number("images.pathBytes", defaults.pathBytes(), 1, LayerLimits.MOST_PATH_BYTES));
    }

    private static Map<String, Duration> driverDeadlines(ConfigReader reader) throws BootException {
        Map<String, Duration> deadlines = new TreeMap<>();
        for (String driver : reader.names("drivers.deadlines")) {
            String key = "drivers.deadlines." + driver;
            Duration deadline = reader.duration(key, LEAST_DEADLINE);
            if (deadline.compareTo(LEAST_DEADLINE) < 0) {
                throw reader.refuse(key, "no call ends in less than 0.1s; write a longer time");
            }
            deadlines.put(driver, deadline);
        }
        return deadlines;
    }

    /** Loopback only: there is nothing there that would ask who scrapes. */
    private static Optional<InetSocketAddress> metricsListen(ConfigReader reader) throws BootException {
        Optional<String> text = reader.text("metrics.listen");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Matcher address = LOOPBACK.matcher(text.get());
        int port = address.matches() ? Integer.parseInt(address.group(2)) : 0;
        if (port < 1 || port > MOST_PORT) {
            throw reader.refuse("metrics.listen", text.get() + " is no loopback address with a port; write it as 127.0.0.1:9464 or [::1]:9464");
        }
        return Optional.of(new InetSocketAddress(address.group(1).replaceAll("[\\[\\]]", ""), port));
    }

    private static Optional<String> subnet(ConfigReader reader) throws BootException {
        Optional<String> subnet = reader.text("network.subnet");
        try {
            if (subnet.map(Subnet::parse).map(Subnet::six).orElse(false)) {
                throw new IllegalArgumentException("IPv6");
            }
            return subnet;
        } catch (IllegalArgumentException e) {
            throw reader.refuse("network.subnet", subnet.orElse("") + " is no IPv4 subnet with room for hosts; write it as 10.88.0.0/16");
        }
    }

    private static Optional<Path> directory(ConfigReader reader, String key) throws BootException {
        Optional<Path> directory = reader.text(key).map(Path::of);
        if (directory.isPresent() && !(directory.get().isAbsolute() && Files.isDirectory(directory.get()))) {
            throw reader.refuse(key, directory.get() + " is no directory; write its absolute path");
        }
        return directory;
    }

    private static DecisionSettings decisions(ConfigReader reader, DecisionSettings defaults) throws BootException {
        return new DecisionSettings(
                reader.duration("restart.base", defaults.backoffBase()),
                reader.fraction("restart.factor", defaults.backoffFactor(), 1, 100),
                reader.duration("restart.cap", defaults.backoffCap()),
                reader.fraction("restart.jitter", defaults.backoffJitter(), 0, 1),
                reader.duration("restart.resetWindow", defaults.resetWindow()),
                (int) reader.number("restart.giveUpAfter", defaults.giveUpAfter(), 0, Integer.MAX_VALUE),
                pool(reader, defaults),
                (int) reader.number("network.poolPrefix", defaults.networkPrefix(), 8, 30),
                defaults.signatures());
    }

    private static String pool(ConfigReader reader, DecisionSettings defaults) throws BootException {
        String pool = reader.text("network.pool", defaults.networkPool());
        long prefix = reader.number("network.poolPrefix", defaults.networkPrefix(), 8, 30);
        try {
            Subnet subnet = Subnet.parse(pool);
            if (subnet.six() || subnet.prefixLength() > prefix) {
                throw reader.refuse("network.pool", pool + " has no room for IPv4 subnets of /" + prefix + "; write it as 10.112.0.0/12");
            }
            return pool;
        } catch (IllegalArgumentException e) {
            throw reader.refuse("network.pool", pool + " is no IPv4 subnet; write it as 10.112.0.0/12");
        }
    }

    private static IdPool users(ConfigReader reader, IdPool defaults) throws BootException {
        long first = reader.number("users.first", defaults.first(), 1, IdRange.LARGEST_ID);
        long most = (IdRange.LARGEST_ID + 1 - first) / IdRange.OF_A_POD;
        return new IdPool(first, (int) reader.number("users.ranges", Math.min(defaults.ranges(), most), 0, most), List.of());
    }

    private static OutputSettings output(ConfigReader reader, OutputSettings defaults) throws BootException {
        return new OutputSettings(
                reader.number("containerLog.maxBytes", defaults.maxBytes(), LEAST_LOG_BYTES, Long.MAX_VALUE),
                (int) reader.number("containerLog.maxFiles", defaults.maxFiles(), 1, MOST_LOG_FILES),
                reader.duration("containerLog.drain", defaults.drain()));
    }
}

package dev.stowbook.supervisor.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Observation;
import dev.stowbook.spi.graph.GraphCapability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Loads real plugin zips, compiled here. */
@Timeout(300)
class DriverHostTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private final ConcurrentLinkedQueue<String> observed = new ConcurrentLinkedQueue<>();
    private Path builtIn;
    private Path thirdParty;
    private PluginZips zips;

    @BeforeEach
    void directories() throws IOException {
        builtIn = Files.createDirectories(directory.resolve("dist/plugins"));
        thirdParty = Files.createDirectories(directory.resolve("root/plugins"));
        zips = new PluginZips(Files.createDirectories(directory.resolve("work")));
    }

    @Test
    void aGoodPluginIsOpenedInItsOwnDirectoriesWithItsSettings() throws Exception {
        good("good.zip", "good", """
                Object verb(DriverContext context, String verb) {
                    context.observe(new Observation.ResourceVanished("x", context.configuration().toString()));
                    return new Usage(0, 0);
                }""".replace("return new Usage(0, 0);", "return List.of();"));
        PluginZips.list(builtIn);
        try (DriverHost host = DriverHost.open(config("good", Map.of("good", Map.of("speed", "fast"))))) {
            assertEquals(List.of(), host.refusals());
            var driver = host.graphDriver();
            assertSame(driver, host.graphDriver());
            assertEquals(java.util.Set.of(GraphCapability.XATTR), driver.capabilities());
            assertEquals(List.of(), driver.call("list", "*", LONG, d -> d.list()).get());
            assertEquals(List.of("good ResourceVanished[target=x, detail={speed=fast}]"), List.copyOf(observed));
        }
        assertEquals("rwx------", mode(directory.resolve("root/good")));
        assertEquals("rwx------", mode(directory.resolve("run/drivers/good")));
    }

    @Test
    void unpackingTouchesOnlyAPrivateDirectoryBelowTheRoot() throws Exception {
        good("good.zip", "good", "");
        PluginZips.list(builtIn);
        List<Path> before = files(builtIn);
        DriverHost.open(config("good", Map.of())).close();
        assertEquals(before, files(builtIn));
        assertEquals("rwx------", mode(directory.resolve("root/plugins-unpacked")));
    }

    @Test
    void aDriverSeesTheSpiButNeitherTheSupervisorNorItsLibraries() throws Exception {
        good("good.zip", "good", """
                public Health probe() {
                    StringBuilder seen = new StringBuilder();
                    for (String name : List.of("dev.stowbook.spi.Driver", "dev.stowbook.linux.Fd", "org.slf4j.Logger", "java.sql.Driver",
                            "dev.stowbook.supervisor.driver.DriverHost", "io.vertx.core.Vertx", "com.fasterxml.jackson.databind.ObjectMapper")) {
                        try {
                            seen.append(Class.forName(name).getSimpleName()).append(' ');
                        } catch (ClassNotFoundException e) {
                            seen.append("- ");
                        }
                    }
                    return new Health(false, seen.toString());
                }""");
        PluginZips.list(builtIn);
        try (DriverHost host = DriverHost.open(config("auto", Map.of()))) {
            var refused = assertThrows(DriverException.class, host::graphDriver);
            assertEquals(DriverErrorCode.UNAVAILABLE, refused.code());
            assertTrue(refused.getMessage().contains("good: Driver Fd Logger Driver - - - "), refused.getMessage());
        }
    }

    @Test
    void aPluginOfAnotherSpiLevelIsRefusedInOneSentence() throws Exception {
        good("old.zip", "old", "public int spiLevel() { return 7; }");
        PluginZips.list(builtIn);
        refusedBecause("old.zip", "level 7 of the driver SPI and this is level 1");
    }

    @Test
    void aPluginThatRequiresANewerSpiIsRefusedInOneSentence() throws Exception {
        zips.zip(builtIn, "new.zip", "new", "2.0.0", "P", PluginZips.provider("P", "new", ""));
        PluginZips.list(builtIn);
        refusedBecause("new.zip", "requires version 2.0.0 of the driver SPI and this is 1.0.0");
    }

    @Test
    void aChangedZipIsRefusedWithBothDigestsBeforeAnythingOfItIsLoaded() throws Exception {
        Path zip = good("good.zip", "good", "static { System.setProperty(\"stowbook.test.loaded\", \"yes\"); }");
        PluginZips.list(builtIn);
        String listed = PluginZips.sha256(zip);
        zips.zip(builtIn, "good.zip", "good", "1.0.0", "P",
                PluginZips.provider("P", "good", "static { System.setProperty(\"stowbook.test.loaded\", \"evil\"); }"));
        refusedBecause("good.zip", "its SHA-256 is " + PluginZips.sha256(zip) + " but " + builtIn.resolve("plugins.sha256")
                + " says " + listed);
        assertEquals(null, System.getProperty("stowbook.test.loaded"));
    }

    @Test
    void aThirdPartyZipIsLoadedOnlyIfTheConfigurationListsItsDigest() throws Exception {
        PluginZips.list(builtIn);
        Path known = zips.zip(thirdParty, "known.zip", "known", "1.0.0", "P", PluginZips.provider("P", "known", ""));
        Path unknown = zips.zip(thirdParty, "unknown.zip", "unknown", "1.0.0", "Q", PluginZips.provider("Q", "unknown", ""));
        var config = config("known", Map.of());
        try (DriverHost host = DriverHost.open(withDigests(config, Map.of("known.zip", PluginZips.sha256(known))))) {
            assertEquals(List.of("known"), host.driverNames());
            assertEquals(List.of("Plugin " + unknown + " with SHA-256 " + PluginZips.sha256(unknown)
                    + " is not loaded: the configuration does not list it."), host.refusals());
        }
    }

    @Test
    void aTruncatedZipDoesNotStopTheOthers() throws Exception {
        Path cut = good("cut.zip", "cut", "");
        byte[] whole = Files.readAllBytes(cut);
        Files.write(cut, java.util.Arrays.copyOf(whole, whole.length / 2));
        Files.write(builtIn.resolve("empty.zip"), new byte[0]);
        good("good.zip", "good", "");
        PluginZips.list(builtIn);
        try (DriverHost host = DriverHost.open(config("good", Map.of()))) {
            assertEquals(List.of("good"), host.driverNames());
            assertEquals(2, host.refusals().size(), host.refusals()::toString);
            assertTrue(host.refusals().getFirst().contains(cut + " is not loaded: it is a damaged zip"), host.refusals()::toString);
            assertEquals("good", host.graphDriver().name());
        }
    }

    @Test
    void aMissingListOfDigestsLoadsNothing() throws Exception {
        good("good.zip", "good", "");
        refusedBecause("plugins.sha256", "build Stowbook again");
    }

    @Test
    void aZipThatBundlesTheSpiIsRefused() throws Exception {
        Path inner = Files.createDirectories(directory.resolve("work/bundle"));
        Path spi = inner.resolve("spi.jar");
        try (var jar = new ZipOutputStream(Files.newOutputStream(spi))) {
            PluginZips.add(jar, "dev/stowbook/spi/Driver.class", new byte[] {1});
        }
        try (var zip = new ZipOutputStream(Files.newOutputStream(builtIn.resolve("fat.zip")))) {
            PluginZips.add(zip, "plugin.properties", "plugin.id=fat\nplugin.version=1.0.0\n".getBytes());
            PluginZips.add(zip, "lib/spi.jar", Files.readAllBytes(spi));
        }
        PluginZips.list(builtIn);
        refusedBecause("fat.zip", "lib/spi.jar bundles dev/stowbook/spi/Driver.class");
    }

    @Test
    void aZipThatWritesOutsideItsDirectoryIsRefused() throws Exception {
        try (var zip = new ZipOutputStream(Files.newOutputStream(builtIn.resolve("slip.zip")))) {
            PluginZips.add(zip, "../../evil", new byte[] {1});
        }
        PluginZips.list(builtIn);
        refusedBecause("slip.zip", "'../../evil' leads out of its directory");
        assertFalse(Files.exists(directory.resolve("root/evil")));
    }

    @Test
    void aNameThatIsAPathIsRefused() throws Exception {
        good("path.zip", "../../etc", "");
        PluginZips.list(builtIn);
        refusedBecause("path.zip", "calls itself '../../etc'");
    }

    @Test
    void twoDriversOfOneNameAreRefused() throws Exception {
        good("a.zip", "twin", "");
        zips.zip(builtIn, "b.zip", "b", "1.0.0", "P", PluginZips.provider("P", "twin", ""));
        PluginZips.list(builtIn);
        refusedBecause("b.zip", "called 'twin' as is that of " + builtIn.resolve("a.zip"));
    }

    @Test
    void autoPrefersOverlayAndPassesOverWhatTheHostCannotRun() throws Exception {
        good("1.zip", "vfs", "");
        good("2.zip", "overlay", "");
        PluginZips.list(builtIn);
        try (DriverHost host = DriverHost.open(config("auto", Map.of()))) {
            assertEquals("overlay", host.graphDriver().name());
        }
        good("2.zip", "overlay", "public Health probe() { throw new IllegalStateException(\"no overlay\"); }");
        PluginZips.list(builtIn);
        try (DriverHost host = DriverHost.open(config("auto", Map.of()))) {
            assertEquals("vfs", host.graphDriver().name());
        }
    }

    @Test
    void aNamedDriverThatIsNotThereIsOneSentenceWithWhatIs() throws Exception {
        good("1.zip", "vfs", "");
        PluginZips.list(builtIn);
        try (DriverHost host = DriverHost.open(config("betterfs", Map.of()))) {
            var failure = assertThrows(DriverException.class, host::graphDriver);
            assertEquals("open graph driver betterfs: no plugin provides it; there are [vfs]", failure.getMessage());
        }
    }

    @Test
    void aHangingAThrowingAndALyingDriverFailTheirOwnCallsOnly() throws Exception {
        good("1.zip", "hanging", "Object verb(DriverContext c, String verb) throws Throwable { Thread.sleep(100_000); return null; }");
        good("2.zip", "throwing", "Object verb(DriverContext c, String verb) { throw new StackOverflowError(\"deep\"); }");
        good("3.zip", "lying", "Object verb(DriverContext c, String verb) { return null; }");
        good("4.zip", "good", "");
        PluginZips.list(builtIn);
        try (DriverHost host = DriverHost.open(config("good", Map.of()))) {
            assertEquals(DriverErrorCode.UNKNOWN, failure(host.graphDriver("hanging"), Duration.ofSeconds(5)).code());
            var thrown = failure(host.graphDriver("throwing"), LONG);
            assertEquals(DriverErrorCode.IO, thrown.code());
            assertTrue(thrown.getMessage().contains("java.lang.StackOverflowError (deep)"), thrown.getMessage());
            assertEquals(DriverErrorCode.IO, failure(host.graphDriver("lying"), LONG).code());
            assertEquals(List.of(), host.graphDriver().call("list", "*", LONG, d -> d.list()).get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void aDriverThatFailsToOpenIsOneSentence() throws Exception {
        good("1.zip", "broken", "public GraphDriver open(DriverContext context) { throw new NoSuchMethodError(\"gone\"); }");
        PluginZips.list(builtIn);
        try (DriverHost host = DriverHost.open(config("broken", Map.of()))) {
            var failure = assertThrows(DriverException.class, host::graphDriver);
            assertEquals("open graph driver broken: opening it threw java.lang.NoSuchMethodError: gone", failure.getMessage());
        }
    }

    @Test
    void whatIsInTheRunDirectoryFromAnEarlierBootIsRemoved() throws Exception {
        good("good.zip", "good", "");
        PluginZips.list(builtIn);
        DriverHost.open(config("good", Map.of())).close();
        Path stale = Files.createDirectories(directory.resolve("run/drivers/good")).resolve("stale");
        Files.writeString(stale, "x");
        DriverHost.open(config("good", Map.of())).close();
        assertTrue(Files.exists(stale));
        Files.writeString(directory.resolve("run/drivers/boot-id"), "another boot\n");
        DriverHost.open(config("good", Map.of())).close();
        assertFalse(Files.exists(stale));
    }

    private static DriverException failure(GuardedDriver<dev.stowbook.spi.graph.GraphDriver> driver, Duration deadline) {
        var thrown = assertThrows(ExecutionException.class, () -> driver.call("list", "*", deadline, d -> d.list()).get(60, TimeUnit.SECONDS));
        return assertInstanceOf(DriverException.class, thrown.getCause());
    }

    private void refusedBecause(String file, String why) throws DriverException {
        try (DriverHost host = DriverHost.open(config("auto", Map.of()))) {
            assertEquals(1, host.refusals().size(), host.refusals()::toString);
            String sentence = host.refusals().getFirst();
            assertTrue(sentence.contains(file) && sentence.contains(why), sentence);
            assertFalse(sentence.contains("\n"), sentence);
        }
    }

    private Path good(String file, String driverName, String body) {
        return zips.zip(builtIn, file, file.replace(".zip", ""), "1.0.0", "P", PluginZips.provider("P", driverName, body));
    }

    private DriverHostConfig config(String graphDriver, Map<String, Map<String, String>> settings) {
        return new DriverHostConfig(builtIn, directory.resolve("root"), directory.resolve("run"), "0123456789ab", Map.of(), graphDriver,
                "auto", "auto", settings, Map.of(), (name, observation) -> observed.add(name + " " + observation));
    }

    private static DriverHostConfig withDigests(DriverHostConfig config, Map<String, String> digests) {
        return new DriverHostConfig(config.builtInPlugins(), config.root(), config.runDirectory(), config.instanceId(), digests,
                config.graphDriver(), "auto", "auto", config.settings(), config.deadlines(), config.observer());
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.sorted().toList();
        }
    }
}

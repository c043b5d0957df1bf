package dev.stowbook.supervisor;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import dev.stowbook.linux.LibC;
import dev.stowbook.spi.Driver;
import dev.stowbook.supervisor.driver.GuardedDriver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the import directions of the design, over the classes as they were compiled. */
class ArchitectureTest {
    private static final String ROOT = "dev.stowbook.supervisor.";
    private static final String[] PURE = supervisor("event", "state", "decide", "effect", "command", "model");
    private static final String[] LANGUAGE = {"java.lang..", "java.util..", "java.time..", "java.math..", "org.jspecify..", "org.pcollections.."};

    /** Calls by which a class learns something that replay would not learn again. */
    private static final Set<String> IMPURE_CALLS = Set.of("now", "currentTimeMillis", "nanoTime", "random", "randomUUID", "getenv", "getProperty",
            "identityHashCode", "systemUTC", "systemDefaultZone", "systemDefault");

    /** What registries and the content store both speak of. */
    private static final Set<String> CONTENT_NAMES = Set.of(ROOT + "image.Digest", ROOT + "image.ImageReference", ROOT + "image.Platform");

    private static JavaClasses supervisor;
    private static JavaClasses linux;
    private static JavaClasses spi;

    @BeforeAll
    static void importClasses() throws Exception {
        supervisor = compiled(GuardedDriver.class);
        linux = compiled(LibC.class);
        spi = compiled(Driver.class);
    }

    @Test
    void thereIsSomethingToAnalyse() {
        var counts = new TreeMap<>(supervisor.stream()
                .collect(Collectors.groupingBy(type -> type.getPackageName().replace(ROOT, "").split("\\.")[0], Collectors.counting())));
        System.out.println("analysed " + supervisor.size() + " classes of the supervisor " + counts + ", " + linux.size() + " of linux, " + spi.size()
                + " of spi");
        for (String pure : List.of("event", "state", "decide", "effect", "command", "model", "log", "loop", "driver", "keeper", "manifest", "policy",
                "boot", "build", "cli", "credentials", "execute", "http", "image", "reconcile", "registry", "stats", "stream", "trust")) {
            assertTrue(counts.getOrDefault(pure, 0L) > 1, "no classes in " + pure + ": " + counts);
        }
        assertTrue(supervisor.size() > 300 && linux.size() > 30 && spi.size() > 40, "too few classes were found");
    }

    @Test
    void purePackagesDoNoInputOrOutputAndHaveNoClockChanceThreadOrLog() {
        holds(noClasses().that().resideInAnyPackage(PURE).should().dependOnClassesThat(
                resideInAnyPackage("java.io..", "java.nio.file..", "java.nio.channels..", "java.net..", "java.util.concurrent..", "java.util.logging..",
                                "java.security..", "org.slf4j..", "java.sql..")
                        .and(DescribedPredicate.not(assignableToExactly("java.io.Serializable")))));
        holds(noClasses().that().resideInAnyPackage(PURE).should().dependOnClassesThat(
                describe("are a thread, a process or chance", type -> Set.of("java.lang.Thread", "java.lang.ProcessHandle", "java.lang.ProcessBuilder",
                        "java.lang.Runtime", "java.lang.ThreadLocal", "java.util.Random", "java.util.random.RandomGenerator", "java.util.UUID",
                        "java.util.Timer", "java.time.Clock").contains(type.getName()))));
        holds(noClasses().that().resideInAnyPackage(PURE).should().accessTargetWhere(
                describe("learns what replay would not", access -> {
                    AccessTarget target = access.getTarget();
                    return IMPURE_CALLS.contains(target.getName()) && target.getOwner().getPackageName().startsWith("java.");
                })));
    }

    @Test
    void eventsStateDecisionsAndEffectsPointOneWay() {
        onlyUses("model", "model");
        onlyUses("event", "event", "model");
        onlyUses("state", "state", "event", "model");
        onlyUses("command", "command", "event", "model");
        onlyUses("decide", "decide", "command", "state", "event", "model");
        holds(noClasses().that().resideInAnyPackage(supervisor("trust")).should().dependOnClassesThat(
                resideInAnyPackage("dev.stowbook.supervisor..").and(DescribedPredicate.not(resideInAnyPackage(supervisor("trust", "registry", "image", "model"))))));
        holds(classes().that().resideInAnyPackage(supervisor("effect")).should().onlyDependOnClassesThat(
                resideInAnyPackage(and(LANGUAGE, supervisor("effect", "command", "state", "event", "model"), "dev.stowbook.spi.."))));
    }

    @Test
    void onlyExecutionReconciliationAndImagesCallDrivers() {
        holds(noClasses()
                .that().resideOutsideOfPackages(supervisor("execute", "reconcile", "driver", "image", "boot"))
                .should().dependOnClassesThat(assignableTo(Driver.class).or(assignableTo(GuardedDriver.class))));
    }

    @Test
    void vendorLibrariesStayInTheirAdapters() {
        only("net.openhft..", "log.chronicle");
        only("com.sun.jna..");
        only("org.freedesktop.dbus..");
        noClasses().that().resideOutsideOfPackage("dev.stowbook.linux.systemd..").should().dependOnClassesThat().resideInAPackage("org.freedesktop..")
                .check(linux);
        only("com.fasterxml..", "log.codec", "log.snapshot", "http", "cli", "manifest", "image", "build", "policy", "boot", "registry", "credentials", "json", "trust");
        only("org.yaml..", "manifest");
        only("org.pf4j..", "driver");
        only("io.vertx..", "loop", "http", "stream", "boot", "execute", "keeper", "dns");
        only("io.netty..", "http", "stream", "boot", "dns");
        only("org.apache.commons.compress..", "image", "cli");
        only("com.github.luben..", "image");
        only("org.tukaani..", "image");
        only("io.prometheus..", "http.metrics");
        only("org.apache.kafka..", "stream.kafka");
    }

    @Test
    void nobodyImportsTheWiringAndTheClientKnowsNothingOfTheDaemon() {
        holds(noClasses().that().resideOutsideOfPackages(supervisor("boot")).should().dependOnClassesThat().resideInAnyPackage(supervisor("boot")));
        holds(noClasses().that().resideInAnyPackage(supervisor("cli")).should().dependOnClassesThat(
                resideInAnyPackage("dev.stowbook.supervisor..").and(DescribedPredicate.not(resideInAnyPackage(supervisor("cli", "credentials", "json"))))));
        holds(noClasses().that().resideInAnyPackage(supervisor("registry")).should().dependOnClassesThat(
                resideInAnyPackage("dev.stowbook..").and(DescribedPredicate.not(resideInAnyPackage(
                        supervisor("registry", "credentials", "model")).or(describe("name content", type -> CONTENT_NAMES.contains(type.getName())))))));
        holds(noClasses().that().resideInAnyPackage(supervisor("credentials")).should().dependOnClassesThat(
                resideInAnyPackage("dev.stowbook..").and(DescribedPredicate.not(resideInAnyPackage(supervisor("credentials", "json"))))));
    }

    @Test
    void theSpiKnowsTheJdkAndTheLinuxLibraryKnowsNoneOfUs() {
        classes().that().resideInAPackage("dev.stowbook.spi..")
                .should().onlyDependOnClassesThat().resideInAnyPackage("java..", "org.jspecify..", "dev.stowbook.spi..", "org.pf4j")
                .check(spi);
        noClasses().should().dependOnClassesThat()
                .resideInAnyPackage("dev.stowbook.spi..", "dev.stowbook.supervisor..", "dev.stowbook.testkit..", "org.pf4j..")
                .check(linux);
    }

    @Test
    void driversSeeTheSpiAndTheLinuxLibraryAndNotEachOther() throws Exception {
        var analysed = new TreeMap<String, Integer>();
        Path plugins = Path.of(System.getProperty("stowbook.repository"), "plugins");
        for (Path plugin : children(plugins)) {
            Path classes = plugin.resolve("target/classes");
            if (!Files.isDirectory(classes)) {
                continue;
            }
            JavaClasses imported = new ClassFileImporter().importPath(classes);
            var own = new TreeSet<String>();
            imported.forEach(type -> own.add(type.getPackageName()));
            analysed.put(plugin.getFileName().toString(), imported.size());
            if (!own.isEmpty()) {
                classes().should().onlyDependOnClassesThat().resideInAnyPackage(
                                and(own.toArray(String[]::new), new String[] {"java..", "org.slf4j..", "org.jspecify..", "org.pf4j..", "org.apache.commons.compress.."},
                                        "dev.stowbook.spi..", "dev.stowbook.linux.."))
                        .check(imported);
            }
        }
        System.out.println("analysed plugins " + analysed);
        assertEquals(Set.of(), missing(plugins, analysed), "not compiled: build the whole project (mvn test-compile)");
    }

    private static Set<String> missing(Path plugins, Map<String, Integer> analysed) throws Exception {
        var names = children(plugins).stream()
                .filter(plugin -> Files.exists(plugin.resolve("pom.xml")))
                .map(plugin -> plugin.getFileName().toString())
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(6, names.size());
        names.removeIf(name -> analysed.getOrDefault(name, 0) > 1);
        return names;
    }

    private static List<Path> children(Path directory) throws Exception {
        try (Stream<Path> children = Files.list(directory)) {
            return children.filter(Files::isDirectory).sorted().toList();
        }
    }

    private static void onlyUses(String subject, String... used) {
        holds(classes().that().resideInAnyPackage(supervisor(subject)).should().onlyDependOnClassesThat(resideInAnyPackage(and(LANGUAGE, supervisor(used)))));
    }

    /** Nobody but these packages of the supervisor depends on the library. */
    private static void only(String library, String... users) {
        holds(noClasses().that().resideOutsideOfPackages(supervisor(users)).should().dependOnClassesThat().resideInAPackage(library));
    }

    private static void holds(ArchRule rule) {
        rule.allowEmptyShould(true).check(supervisor); // a package may still be empty; thereIsSomethingToAnalyse names those that are not
    }

    private static DescribedPredicate<JavaClass> assignableToExactly(String name) {
        return describe("is " + name, type -> type.getName().equals(name));
    }

    private static String[] supervisor(String... packages) {
        return Arrays.stream(packages).map(name -> ROOT + name + "..").toArray(String[]::new);
    }

    private static String[] and(String[] some, String[] others, String... more) {
        return Stream.of(some, others, more).flatMap(Arrays::stream).toArray(String[]::new);
    }

    private static JavaClasses compiled(Class<?> one) throws Exception {
        Path location = Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
        if (Files.isDirectory(location)) {
            return new ClassFileImporter().importPath(location);
        }
        try (JarFile jar = new JarFile(location.toFile())) { // as Maven resolves a module that is packaged already
            return new ClassFileImporter().importJar(jar);
        }
    }
}

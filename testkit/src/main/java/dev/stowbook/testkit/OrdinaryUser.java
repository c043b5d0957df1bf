package dev.stowbook.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.testkit.ReportedTest.Outcome;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What test classes do in the hands of an ordinary user: {@code nobody}, with no group and no capability. So those who have root see what becomes
 * of the kit for those who have not.
 *
 * @param tests how each of them ended
 * @param console what was printed meanwhile
 */
public record OrdinaryUser(List<ReportedTest> tests, String console) {
    private static final int NOBODY = 65534;
    private static final String JUNIT = "org.junit.platform.console.ConsoleLauncher";

    /** Copies what it is given. */
    public OrdinaryUser {
        tests = List.copyOf(tests);
    }

    /**
     * Runs the classes in a JVM of the user's and waits for its end, three minutes at most. Needs root; any thread.
     *
     * @param directory an empty one of the caller's; the user gets it, with a copy of this JVM's class path, and all that tests write is below
     * @param classes JUnit classes on this JVM's class path
     * @throws AssertionError if a test failed, or the JVM did
     */
    public static OrdinaryUser running(Path directory, Class<?>... classes) throws IOException, InterruptedException {
        String classPath = copyClassPath(Files.createDirectory(directory.resolve("classes")));
        Path home = Files.createDirectory(directory.resolve("home"));
        give(directory);
        give(home);
        Path console = directory.resolve("console");
        Process process = new ProcessBuilder(command(home, classPath, classes))
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(console.toFile())
                .start();
        if (!process.waitFor(3, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        int status = process.waitFor();
        String printed = Files.readString(console);
        Path report = home.resolve("TEST-junit-jupiter.xml");
        if (status != 0 || !Files.exists(report)) {
            fail("The ordinary user's tests ended with status " + status + ":\n" + printed);
        }
        return new OrdinaryUser(ReportedTest.read(report), printed);
    }

    private static void give(Path path) throws IOException {
        try {
            FileCalls.linux().chown(LibC.AT_FDCWD, path.toString(), NOBODY, NOBODY);
        } catch (LinuxException e) {
            throw new IOException(e);
        }
    }

    private static List<String> command(Path home, String classPath, Class<?>[] classes) {
        var command = new ArrayList<>(List.of("setpriv", "--reuid", "" + NOBODY, "--regid", "" + NOBODY, "--clear-groups", "--no-new-privs",
                "--inh-caps=-all", Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m", "--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + home, "-Djna.tmpdir=" + home));
        Optional.ofNullable(System.getProperty("stowbook.repository")).ifPresent(value -> command.add("-Dstowbook.repository=" + value));
        command.addAll(List.of("-cp", classPath, JUNIT, "execute", "--disable-banner", "--disable-ansi-colors", "--fail-if-no-tests",
                "--details=tree", "--details-theme=ascii", "--reports-dir", home.toString()));
        for (Class<?> tests : classes) {
            command.addAll(List.of("--select-class", tests.getName()));
        }
        return command;
    }

    /** The one that is used lies where only root may look. */
    private static String copyClassPath(Path to) throws IOException {
        List<String> copies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path from = Path.of(entry).toAbsolutePath();
            if (Files.exists(from)) {
                Path copy = to.resolve(copies.size() + "-" + from.getFileName());
                copyTree(from, copy);
                copies.add(copy.toString());
            }
        }
        return String.join(File.pathSeparator, copies);
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : (Iterable<Path>) all::iterator) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
    }

    /** How many tests passed. */
    public long passed() {
        return tests.stream().filter(test -> test.outcome() == Outcome.PASSED).count();
    }

    /**
     * The tests that need root, by class and name, each with the reason that was told in the report.
     *
     * @throws AssertionError if one was skipped without a word on the console
     */
    public SortedMap<String, String> lackingRoot() {
        SortedMap<String, String> lacking = new TreeMap<>();
        for (ReportedTest test : tests) {
            int reason = test.detail().indexOf("SKIPPED ");
            if (test.outcome() == Outcome.SKIPPED && reason >= 0) {
                String said = test.detail().substring(reason).lines().findFirst().orElseThrow();
                assertTrue(console.contains(said), () -> "nothing on the console of " + test);
                lacking.put(test.testClass() + "." + test.name().replace("()", ""), said);
            }
        }
        return lacking;
    }

    /** Why root was needed, each reason once. */
    public SortedSet<String> reasons() {
        return lackingRoot().values().stream()
                .map(said -> said.substring(said.indexOf("needs root"), said.indexOf(';')))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}

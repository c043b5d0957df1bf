package dev.stowbook.testkit.guest;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import dev.stowbook.testkit.ReportedTest;
import dev.stowbook.testkit.ReportedTest.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/**
 * Runs test classes on a kernel of its own and tells their outcomes as dynamic tests of the class that asked:
 *
 * <pre>{@code
 * @TestFactory
 * Stream<DynamicNode> onAPureV2Host() throws Exception {
 *     return Guest.on(GuestKernel.UML).mustRun("c5", "c7").run(LimitsTest.class, DriverContractTest.class);
 * }
 * }</pre>
 *
 * <p>The guest's root file system is the host's with a throw-away layer on top; the class path is this JVM's. So each test in the
 * guest is counted on the host as a test of its own: passed, failed with the guest's stack trace, or skipped with its reason. No test
 * at all is a failure, as is a row of {@link #mustRun} without a test that ran, and a guest that ends early or late.
 *
 * <p>Random tests have reduced rounds there, whatever the host runs. Where the host lacks the kernel, all is skipped, loudly; with {@code -Dstowbook.requireGuest=true} it fails. Needs root. Any
 * thread; {@link #run} blocks. Nothing is left of the guest but its console and its report, in {@code target/guest}.
 *
 * @param kernel what is booted
 * @param start what its first process is
 * @param deadline after which it is killed
 * @param mustRun rows of which a test has to have run: {@code c8} stands in the name {@code c7_c8_...}
 * @param properties system properties of the guest's JVM, {@code name=value}
 */
public record Guest(GuestKernel kernel, Start start, Duration deadline, List<String> mustRun, List<String> properties) {
    private static final List<String> FILES = List.of("boot", "init", "first", "qemu");
    private static final String JUNIT = "org.junit.platform.console.ConsoleLauncher";

    /** The first process of a guest. */
    public enum Start {
        /** The tests, on a cgroup v2 hierarchy that nobody manages. */
        PLAIN("plain"),
        /** systemd with the unified hierarchy; the tests are one of its units. */
        SYSTEMD("systemd"),
        /** systemd with the v1 hierarchies, a mount for each controller. */
        SYSTEMD_V1("systemd-v1");

        private final String option;

        Start(String option) {
            this.option = option;
        }
    }

    /** Copies what it is given. */
    public Guest {
        mustRun = List.copyOf(mustRun);
        properties = List.copyOf(properties);
    }

    /** A guest with nothing but the tests, that is given two minutes. */
    public static Guest on(GuestKernel kernel) {
        return new Guest(kernel, Start.PLAIN, Duration.ofMinutes(2), List.of(), List.of());
    }

    /** With another first process. */
    public Guest startedBy(Start other) {
        return new Guest(kernel, other, deadline, mustRun, properties);
    }

    /** With another deadline. */
    public Guest within(Duration other) {
        return new Guest(kernel, start, other, mustRun, properties);
    }

    /** Fails unless a test of each of these rows ran, that is: was not skipped. */
    public Guest mustRun(String... rows) {
        return new Guest(kernel, start, deadline, List.of(rows), properties);
    }

    /** With one more system property. */
    public Guest with(String name, String value) {
        return new Guest(kernel, start, deadline, mustRun, Stream.concat(properties.stream(), Stream.of(name + "=" + value)).toList());
    }

    /**
     * Boots, runs the tests and waits for the end.
     *
     * @param classes JUnit classes on this JVM's class path
     * @return a test for each of the guest's, and one for the guest itself
     * @throws IOException if the guest could not be started
     */
    public Stream<DynamicNode> run(Class<?>... classes) throws IOException, InterruptedException {
        Optional<String> lack = kernel.lack();
        if (lack.isPresent()) {
            System.err.println("SKIPPED tests in a guest: " + lack.get());
            assertFalse(Boolean.getBoolean("stowbook.requireGuest"), lack.get());
            Assumptions.abort(lack.get());
        }
        Path job = Files.createDirectories(Path.of("target", "guest").toAbsolutePath()
                .resolve(classes[0].getSimpleName() + "-" + kernel.option() + "-" + start.option));
        Path report = job.resolve("TEST-junit-jupiter.xml");
        Files.deleteIfExists(report);
        int status = boot(job, command(job, classes));
        List<ReportedTest> results = Files.exists(report) ? ReportedTest.read(report) : List.of();
        var tests = new ArrayList<DynamicNode>();
        tests.add(DynamicTest.dynamicTest(kernel + " ran the tests of " + classes[0].getSimpleName(),
                () -> judge(status, results, job.resolve("console"))));
        results.forEach(result -> tests.add(
                DynamicTest.dynamicTest(result.testClass() + "." + result.name(), () -> tell(result))));
        return tests.stream();
    }

    private List<String> command(Path job, Class<?>[] classes) {
        // One processor, and a minute of life: the cheapest compiler and collector.
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx512m"));
        java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        for (String name : List.of("stowbook.repository", "java.util.logging.config.file")) {
            Optional.ofNullable(System.getProperty(name)).ifPresent(value -> command.add("-D" + name + "=" + value));
        }
        properties.forEach(property -> command.add("-D" + property));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), JUNIT, "execute", "--disable-banner", "--disable-ansi-colors",
                "--fail-if-no-tests", "--details=verbose", "--details-theme=ascii", "--reports-dir", job.toString()));
        for (Class<?> tests : classes) {
            command.addAll(List.of("--select-class", tests.getName()));
        }
        return command;
    }

    private int boot(Path job, List<String> command) throws IOException, InterruptedException {
        Path scripts = Files.createTempDirectory("stowbook-test-boot");
        try {
            for (String file : FILES) {
                try (InputStream script = Guest.class.getResourceAsStream(file)) {
                    Files.copy(java.util.Objects.requireNonNull(script, file), scripts.resolve(file));
                }
            }
            var boot = new ArrayList<>(List.of("sh", scripts.resolve("boot").toString(), "--kernel", kernel.option(), "--init", start.option,
                    "--deadline", Long.toString(deadline.toSeconds()), "--job", job.toString()));
            boot.addAll(command);
            Process process = new ProcessBuilder(boot)
                    .redirectErrorStream(true)
                    .redirectOutput(job.resolve("console").toFile())
                    .start();
            if (!process.waitFor(deadline.toSeconds() + 30, TimeUnit.SECONDS)) {
                process.destroy();
            }
            return process.waitFor();
        } finally {
            for (String file : FILES) {
                Files.deleteIfExists(scripts.resolve(file));
            }
            Files.delete(scripts);
        }
    }

    /** 0 is all passed and 1 some failed; the failed ones tell for themselves. */
    private void judge(int status, List<ReportedTest> results, Path console) throws IOException {
        long ran = results.stream().filter(result -> result.outcome() != Outcome.SKIPPED).count();
        List<String> missing = mustRun.stream().filter(row -> results.stream().noneMatch(
                result -> result.outcome() != Outcome.SKIPPED && ("_" + result.name()).contains("_" + row + "_"))).toList();
        if (status > 1 || ran == 0 || !missing.isEmpty()) {
            List<String> lines = Files.readAllLines(console, java.nio.charset.StandardCharsets.ISO_8859_1);
            fail("The guest ended with status " + status + " after " + ran + " tests; missing are " + missing + ". The end of " + console
                    + ":\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size())));
        }
    }

    private static void tell(ReportedTest result) {
        switch (result.outcome()) {
            case PASSED -> {}
            case FAILED -> fail("in the guest: " + result.detail());
            case SKIPPED -> Assumptions.abort("in the guest: " + result.detail());
        }
    }
}

package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A command line of the launcher that users have, carried out.
 *
 * @param exitCode what a script sees
 * @param out standard output
 * @param err standard error
 */
record Command(int exitCode, String out, String err) {
    static final Path REPOSITORY = Path.of(System.getProperty("stowbook.repository", "..")).toAbsolutePath().normalize();
    private static final String LOG_LINE = "\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z (INFO|WARN|ERROR) [\\w.$-]+ .+";

    /** Runs {@code stowbook} with these words. */
    static Command stowbook(String... words) throws IOException, InterruptedException {
        return prefixed(List.of(), words);
    }

    /** The same by way of another program, as setpriv(1). */
    static Command prefixed(List<String> prefix, String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.add(REPOSITORY.resolve("bin/stowbook").toString());
        command.addAll(List.of(words));
        return run(command, InputStream.nullInputStream());
    }

    /** The same with something on standard input. */
    static Command fed(InputStream input, List<String> words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(words);
        command.addFirst(REPOSITORY.resolve("bin/stowbook").toString());
        return run(command, input);
    }

    private static Command run(List<String> command, InputStream input) throws IOException, InterruptedException {
        Path out = Files.createTempFile("stowbook-test-out", "");
        Path err = Files.createTempFile("stowbook-test-err", "");
        try {
            Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
            try (OutputStream in = process.getOutputStream()) {
                input.transferTo(in);
            } catch (IOException e) {
                // it has ended without all of it, and says why
            }
            if (!process.waitFor(180, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end: " + Files.readString(err));
            }
            return new Command(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Starts a daemon that must refuse to: code 1 and one sentence, beside log lines. @return the sentence */
    static String refusedDaemon(Path root, Path run, String... more) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("daemon", "--root", root.toString(), "--run-dir", run.toString()));
        words.addAll(List.of(more));
        return stowbook(words.toArray(new String[0])).sentence();
    }

    /** The one sentence it ended with. */
    String sentence() {
        assertEquals(1, exitCode, out + err);
        List<String> said = new ArrayList<>();
        for (String line : err.lines().toList()) {
            if (!line.matches(LOG_LINE)) {
                said.add(line);
            }
        }
        assertEquals(1, said.size(), "more or less than one sentence: " + err);
        assertTrue(said.getFirst().startsWith("stowbook: "), err);
        assertTrue(!err.contains("Exception"), "a Java name in what a user sees: " + err);
        return said.getFirst();
    }
}

package dev.stowbook.supervisor.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SmallPartsTest {

    @ParameterizedTest
    @ValueSource(strings = {"2026-11-21T06:12:01Z", "2026-11-21T06:12:01.123456789Z", "2024-02-29T23:59:59.5Z", "1970-01-01T00:00:00Z"})
    void timesAreReadAsJavaTimeReadsThem(String time) {
        assertEquals(Instant.parse(time), Times.parse(time));
    }

    @ParameterizedTest
    @CsvSource({
        "nginx, docker.io, library/nginx", "nginx:1.27, docker.io, library/nginx", "docker.io/nginx, docker.io, library/nginx",
        "index.docker.io/team/app@sha256:00, docker.io, team/app", "team/app:v1, docker.io, team/app",
        "localhost/app, localhost, app", "host:5000/app, host:5000, app", "host:5000/team/app:v1@sha256:00, host:5000, team/app"
    })
    void aLoginIsLookedForByRegistryAndRepository(String reference, String registry, String path) {
        assertEquals(registry, RegistryCommands.registryOf(reference));
        assertEquals(path, RegistryCommands.pathOf(reference));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "now", "2026-11-21", "2026-13-21T06:12:01Z", "2026-11-21T06:12:01+01:00", "2026-11-21 06:12:01Z", "2026-1x-21T06:12:01Z"})
    void whatIsNoTimeIsNone(String time) {
        assertNull(Times.parse(time));
    }

    @ParameterizedTest
    @CsvSource({"0, 0s", "119, 119s", "120, 2m", "7199, 119m", "7200, 2h", "172800, 2d", "-5, 0s"})
    void lengthsAreShort(long seconds, String expected) {
        assertEquals(expected, Times.length(seconds));
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1.0 KiB", "1536, 1.5 KiB", "67108864, 64.0 MiB", "5368709120, 5.0 GiB"})
    void sizesAreBinary(long bytes, String expected) {
        assertEquals(expected, Sizes.of(bytes));
    }

    @ParameterizedTest
    @CsvSource({"a, a", "pod/name, pod%2Fname", "a b, a%20b", "../x, ..%2Fx", ".., %2E%2E", "\u00e4, %C3%A4", "a?b#c, a%3Fb%23c"})
    void namesCannotLeaveTheirPathSegment(String name, String expected) {
        assertEquals(expected, Api.encode(name));
    }

    @Test
    void everyCommandHasHelpAndTheTableIsWhole() {
        for (CommandSpec command : CommandTable.COMMANDS) {
            String[] words = (command.name() + " --help").split(" ");
            Run run = Run.with(InputStream.nullInputStream(), Map.of(), false, words);
            assertEquals(0, run.code(), command.name());
            if (!command.name().equals("help")) {
                assertTrue(run.out().startsWith("Usage: stowbook " + command.name()), run.out());
            }
            assertEquals(command.options().stream().map(OptionSpec::name).distinct().count(), command.options().size());
            for (OptionSpec option : command.options()) {
                for (OptionSpec common : CommandTable.COMMON) {
                    assertTrue(option.letter() == 0 || option.letter() != common.letter(), command.name() + " hides -" + option.letter());
                }
            }
        }
        assertEquals(0, Run.with(InputStream.nullInputStream(), Map.of(), false).code());
    }

    /** In a terminal of 80 columns nothing wraps by itself, and the overview has a line for each command. */
    @Test
    void helpFitsATerminal() {
        for (CommandSpec command : CommandTable.COMMANDS) {
            fits(command.name() + " --help");
        }
        String all = fits("help");
        for (CommandTable.Section section : CommandTable.SECTIONS) {
            assertTrue(all.contains("\n" + section.title() + "\n"), all);
        }
        for (CommandSpec command : CommandTable.COMMANDS) {
            assertEquals(1, all.lines().filter(line -> line.matches("  " + command.name() + " {2,}\\S.*[.]")).count(), command.name());
        }
        for (String group : List.of("image", "network", "volume", "log")) {
            String help = fits(group + " --help");
            assertEquals(help, fits("help " + group));
            CommandTable.wordsAfter(group).forEach(word -> assertTrue(help.contains("\n  " + word + " "), help));
        }
    }

    private static String fits(String words) {
        String help = Run.with(InputStream.nullInputStream(), Map.of(), false, words.split(" ")).out();
        help.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        return help;
    }

    @ParameterizedTest
    @CsvSource({
        "imgae, did you mean 'stowbook image'?", "pss, did you mean 'stowbook ps'?", "images, did you mean 'stowbook image ls'?",
        "rmi, did you mean 'stowbook image rm'?", "run, did you mean 'stowbook apply'?", "image lod, did you mean 'stowbook image load'?",
        "image push, did you mean 'stowbook push'?", "unrelated, 'stowbook help' lists them.", "volume xyzzy, 'there are ls, create, inspect, rm, prune.'",
        "logs a --folow, did you mean --follow?", "logs a --nonsense, 'stowbook logs --help' lists them.",
        "--at 3 ps, those of a command come after it."
    })
    void aSlipOfThePenIsToldWhatWasMeant(String words, String advice) {
        Run run = Run.with(InputStream.nullInputStream(), Map.of(), false, words.split(" "));
        assertEquals(2, run.code());
        assertTrue(run.err().endsWith("; " + advice + "\n"), run.err());
    }

    @Test
    void theVersionIsAlsoAnOption() {
        String[] nowhere = {"-H", "unix:///nowhere/api.sock", "--version"};
        assertTrue(Run.with(InputStream.nullInputStream(), Map.of(), false, nowhere).out().startsWith("stowbook "));
        assertEquals(2, Run.with(InputStream.nullInputStream(), Map.of(), false, "ps", "--version").code());
    }

    @Test
    void whatOthersCallACommandIsACommandOfOurs() {
        CommandTable.ELSEWHERE.forEach((theirs, ours) -> {
            assertNull(CommandTable.find(theirs), theirs);
            assertNotNull(CommandTable.find(ours), ours);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    void completionScriptsAreValidForTheirShell(String shell, @TempDir Path directory) throws Exception {
        String script = Run.with(InputStream.nullInputStream(), Map.of(), false, "completion", shell).out();
        Path file = Files.writeString(directory.resolve("completion"), script);
        Process check = new ProcessBuilder("bash", "-n", file.toString()).redirectErrorStream(true).start();
        String problems = new String(check.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, check.waitFor(), problems);
        Process complete = new ProcessBuilder("bash", "-c",
                "stowbook() { echo hello; }; source " + file + " 2>/dev/null; COMP_WORDS=(stowbook image l); COMP_CWORD=2; _stowbook; echo ${COMPREPLY[@]};"
                        + "COMP_WORDS=(stowbook -H x logs h); COMP_CWORD=4; _stowbook; echo ${COMPREPLY[@]};"
                        + "COMP_WORDS=(stowbook why --type v); COMP_CWORD=3; _stowbook; echo ${COMPREPLY[@]};"
                        + "COMP_WORDS=(stowbook ps -o j); COMP_CWORD=3; _stowbook; echo ${COMPREPLY[@]};"
                        + "COMP_WORDS=(stowbook image save x --form); COMP_CWORD=4; _stowbook; echo ${COMPREPLY[@]};"
                        + "COMP_WORDS=(stowbook log v); COMP_CWORD=2; _stowbook; echo ${COMPREPLY[@]}").start();
        assertEquals("ls load lock\nhello hello\nvolume\njson\n--format\nverify\n", new String(complete.getInputStream().readAllBytes(), UTF_8));
    }

    @Test
    void fishCompletionNamesEveryCommand() {
        String script = Run.with(InputStream.nullInputStream(), Map.of(), false, "completion", "fish").out();
        assertTrue(script.contains("-l timestamps") && script.contains("why"), script);
        assertTrue(script.contains("-n '__fish_seen_subcommand_from rm; and not __fish_seen_subcommand_from image network volume log' -a '(stowbook pods"), script);
        assertTrue(script.contains("-n '__fish_seen_subcommand_from image; and __fish_seen_subcommand_from rm' -a '(stowbook image ls"), script);
    }
}

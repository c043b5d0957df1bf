package dev.stowbook.supervisor.build;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.LayerLimits;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a step of a build is known by: it is taken again when anything that it depends on is another, and not otherwise. */
class StepKeysTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

    @TempDir
    Path scratch;

    /** Keeps what was made under its key. The image's files are those of a directory, and commands are told what they were given. */
    private final class Kept implements BuildHost {
        private final Map<String, Image> byKey = new HashMap<>();
        private final List<String> made = new ArrayList<>();
        private final List<String> taken = new ArrayList<>();
        private Image last = image("{}");

        private Image image(String config) {
            return new Image(Digest.of(config.getBytes(StandardCharsets.UTF_8)).toString(), config.getBytes(StandardCharsets.UTF_8), Optional.of("layer"));
        }

        @Override
        public Image find(String reference, Platform platform, boolean pull) {
            return image("{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Env\":[\"FROM=" + reference + "\"]}}");
        }

        @Override
        public Fetched fetch(URI address, OutputStream to) throws IOException {
            throw new IOException("nothing is fetched here");
        }

        @Override
        public Optional<Image> cached(String key) {
            return Optional.ofNullable(byKey.get(key));
        }

        @Override
        public Fd view(Image image) throws BuildException {
            try {
                return FileCalls.linux().open(LibC.AT_FDCWD, scratch.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0);
            } catch (LinuxException e) {
                throw BuildException.invalid(e.getMessage());
            }
        }

        @Override
        public void begins(Step step) {
            // nobody watches
        }

        @Override
        public void found(Step step, Image image, boolean cached) {
            if (cached) {
                taken.add(step.text());
                last = image;
            }
        }

        @Override
        public Image made(Step step, String key, byte[] config, Optional<LayerFile> layer, Optional<Image> parent) {
            last = image(new String(config, StandardCharsets.UTF_8));
            byKey.put(key, last);
            made.add(step.text());
            return last;
        }

        @Override
        public int run(Step step, Image image, RunCommand command, LayerFile changes) throws BuildException {
            try {
                changes.output().write((command.argv() + " " + command.env()).getBytes(StandardCharsets.UTF_8));
                return 0;
            } catch (IOException e) {
                throw BuildException.invalid(e.getMessage());
            }
        }

        @Override
        public void warn(String sentence) {
            // of no matter here
        }

        @Override
        public void check() {
            // it is wanted
        }
    }

    private final Kept host = new Kept();

    private void build(String dockerfile, TarBytes files, Map<String, String> arguments) throws BuildException {
        host.made.clear();
        host.taken.clear();
        byte[] context = files.file("Dockerfile", 0644, dockerfile).bytes();
        BuildOptions options = new BuildOptions(
                "Dockerfile", Optional.empty(), new TreeMap<>(arguments), new TreeMap<>(), true, false, new Platform("linux", "amd64", ""), LayerLimits.defaults());
        Builder.build(host, options, new ByteArrayInputStream(context), scratch, NOON);
    }

    /** Builds the first, then the second, whose last step is to be taken again or not. */
    private void assertTakenAgain(boolean expected, String what, String first, TarBytes files, Map<String, String> arguments, String second,
            TarBytes others, Map<String, String> otherArguments) throws BuildException {
        host.byKey.clear();
        build(first, files, arguments);
        build(second, others, otherArguments);
        String last = second.strip().substring(second.strip().lastIndexOf('\n') + 1);
        assertEquals(expected ? List.of(last) : List.of(), host.made.stream().filter(last::equals).toList(), what + " makes another: " + host.made);
        assertEquals(expected ? List.of() : List.of(last), host.taken.stream().filter(last::equals).toList(), what + " is taken: " + host.taken);
    }

    private void lines(boolean expected, String what, String first, String second) throws BuildException {
        assertTakenAgain(expected, what, first, new TarBytes(), Map.of(), second, new TarBytes(), Map.of());
    }

    private void arguments(boolean expected, String what, String dockerfile, Map<String, String> first, Map<String, String> second) throws BuildException {
        assertTakenAgain(expected, what, dockerfile, new TarBytes(), first, dockerfile, new TarBytes(), second);
    }

    private void files(boolean expected, String what, String dockerfile, TarBytes first, TarBytes second) throws BuildException {
        assertTakenAgain(expected, what, dockerfile, first, Map.of(), dockerfile, second, Map.of());
    }

    @Test
    void theInstructionTheImageBelowAndWhatItsConfigurationSaysCount() throws Exception {
        lines(false, "the same", "FROM a\nRUN x\n", "FROM a\nRUN x\n");
        lines(true, "another command", "FROM a\nRUN x\n", "FROM a\nRUN y\n");
        lines(true, "another base", "FROM a\nRUN x\n", "FROM b\nRUN x\n");
        lines(true, "another step before", "FROM a\nRUN x\nRUN z\n", "FROM a\nRUN y\nRUN z\n");
        lines(true, "another environment", "FROM a\nENV A=1\nRUN x\n", "FROM a\nENV A=2\nRUN x\n");
        lines(true, "another shell", "FROM a\nSHELL [\"/bin/sh\"]\nRUN x\n", "FROM a\nSHELL [\"/bin/ash\"]\nRUN x\n");
        lines(true, "the exec form", "FROM a\nRUN x\n", "FROM a\nRUN [\"x\"]\n");
        lines(true, "other words that read the same", "FROM a\nRUN [\"echo\", \"a b\"]\n", "FROM a\nRUN [\"echo\", \"a\", \"b\"]\n");
        lines(true, "another variable's value", "FROM a\nENV A=1\nLABEL x=$A\n", "FROM a\nENV A=2\nLABEL x=$A\n");
        lines(false, "a comment", "FROM a\nRUN x\n", "# of no matter\nFROM a\nRUN x\n");
    }

    @Test
    void theArgumentsThatACommandSeesCountAndNoOthers() throws Exception {
        String run = "FROM a\nARG A\nRUN make\n";
        arguments(true, "another value of an argument", run, Map.of("A", "1"), Map.of("A", "2"));
        arguments(true, "a value where there was none", run, Map.of(), Map.of("A", "2"));
        arguments(true, "other values that read the same", "FROM a\nARG A\nARG B\nRUN make\n", Map.of("A", "1 B=2", "B", "3"), Map.of("A", "1", "B", "2 B=3"));
        arguments(false, "the same value", run, Map.of("A", "1"), Map.of("A", "1"));
        arguments(false, "an argument that nothing declares", "FROM a\nARG B\nRUN make\n", Map.of("A", "1", "B", "x"), Map.of("A", "2", "B", "x"));
        arguments(false, "a proxy", run, Map.of("A", "1", "HTTP_PROXY", "http://one"), Map.of("A", "1", "HTTP_PROXY", "http://two"));
        arguments(false, "an argument that the environment hides", "FROM a\nARG A\nENV A=own\nRUN make\n", Map.of("A", "1"), Map.of("A", "2"));
        arguments(true, "an argument in a file's name", "FROM a\nARG A\nLABEL name=$A\n", Map.of("A", "1"), Map.of("A", "2"));
        arguments(true, "another time that all is to bear", "FROM a\nLABEL x=y\n", Map.of("SOURCE_DATE_EPOCH", "1"), Map.of("SOURCE_DATE_EPOCH", "2"));
        arguments(true, "a time where there was none", "FROM a\nCOPY Dockerfile /f\n", Map.of(), Map.of("SOURCE_DATE_EPOCH", "2"));
        arguments(true, "an argument before FROM", "ARG BASE\nFROM $BASE\nRUN make\n", Map.of("BASE", "a"), Map.of("BASE", "b"));
    }

    @Test
    void ofFilesTheirNamesContentsModesOwnersLinksAndAttributesCount() throws Exception {
        String copy = "FROM a\nCOPY d /d/\n";
        files(false, "the same", copy, new TarBytes().file("d/f", 0644, "one"), new TarBytes().file("d/f", 0644, "one"));
        files(true, "another content", copy, new TarBytes().file("d/f", 0644, "one"), new TarBytes().file("d/f", 0644, "two"));
        files(true, "another name", copy, new TarBytes().file("d/f", 0644, "one"), new TarBytes().file("d/g", 0644, "one"));
        files(true, "another mode", copy, new TarBytes().file("d/f", 0644, "one"), new TarBytes().file("d/f", 0755, "one"));
        files(true, "another target", copy, new TarBytes().symlink("d/f", "one"), new TarBytes().symlink("d/f", "two"));
        files(true, "another kind", copy, new TarBytes().file("d/f", 0644, ""), new TarBytes().directory("d/f/", 0644));
        files(true, "another attribute", copy, new TarBytes().xattr("user.a", new byte[] {1}).file("d/f", 0644, "one"),
                new TarBytes().xattr("user.a", new byte[] {2}).file("d/f", 0644, "one"));
        files(true, "one file more", copy, new TarBytes().file("d/f", 0644, "one"), new TarBytes().file("d/f", 0644, "one").file("d/g", 0644, ""));
        files(false, "another time", copy, new TarBytes().mtime(7).file("d/f", 0644, "one"), new TarBytes().mtime(8).file("d/f", 0644, "one"));
        files(false, "another owner, who is not kept", copy, new TarBytes().owner(1, 2).file("d/f", 0644, "one"), new TarBytes().owner(3, 4).file("d/f", 0644, "one"));
        files(false, "a file that is not copied", copy, new TarBytes().file("d/f", 0644, "one").file("x", 0644, "1"),
                new TarBytes().file("d/f", 0644, "one").file("x", 0644, "2"));
        assertTakenAgain(true, "another owner asked for", "FROM a\nCOPY --chown=1:2 d /d/\n", new TarBytes().file("d/f", 0644, "one"), Map.of(),
                "FROM a\nCOPY --chown=3:4 d /d/\n", new TarBytes().file("d/f", 0644, "one"), Map.of());
    }

    @Test
    void theHistoryHasEachStepWithWhatItWasGiven() throws Exception {
        build("FROM a\nARG A\nENV B=2\nRUN make $A\nCOPY Dockerfile /f\nCMD [\"x\"]\n", new TarBytes(), Map.of("A", "secret"));
        JsonNode config = new ObjectMapper().readTree(host.last.config());
        List<String> said = new ArrayList<>();
        config.get("history").forEach(step -> said.add((step.path("empty_layer").asBoolean() ? "- " : "+ ") + step.get("created_by").asText().replaceAll("[0-9a-f]{64}", "HASH")));
        assertEquals(List.of("- /bin/sh -c #(nop)  ARG A", "- /bin/sh -c #(nop)  ENV B=2", "+ |1 A=secret /bin/sh -c make $A",
                "+ /bin/sh -c #(nop) COPY file:HASH in /f ", "- /bin/sh -c #(nop)  CMD [\"x\"]"), said);
        assertEquals(2, config.at("/rootfs/diff_ids").size());
        assertEquals("[\"FROM=a\",\"B=2\"]", config.at("/config/Env").toString().replaceAll(",?\"PATH=[^\"]*\"", ""), "an argument is none of the image's variables");
        assertEquals("2026-01-02T12:00:00Z", config.get("created").asText());
    }
}

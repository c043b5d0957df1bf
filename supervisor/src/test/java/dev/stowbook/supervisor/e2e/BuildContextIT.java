package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.testkit.RequiresRoot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the command sends, what of it counts, and what it says. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BuildContextIT {
    private Building building;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        building = Building.start(directory);
    }

    @AfterAll
    void stop() throws Exception {
        building.daemon().close();
    }

    @AfterEach
    void removePods() throws IOException {
        building.daemon().removeAllPods();
    }

    private static byte[] tar(boolean gzip, String... namesAndTexts) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(gzip ? new GZIPOutputStream(bytes) : bytes)) {
            for (int i = 0; i < namesAndTexts.length; i += 2) {
                BusyboxTar.file(tar, namesAndTexts[i], namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8), 0100644);
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void standardInputIsAContextOrADockerfile() throws Exception {
        for (boolean gzip : List.of(false, true)) {
            byte[] context = tar(gzip, "Dockerfile", "FROM base\nCOPY f /f\n", "f", "from a tar", "sub/Other", "FROM base\nCOPY f /g\n");
            Building.done(building.run(context, "-", "-t", "piped", "--no-cache"));
            assertEquals("from a tar", building.in("piped", "cat /f"));
            Building.done(building.run(context, "-", "-t", "piped", "-f", "sub/Other"));
            assertEquals("from a tar", building.in("piped", "cat /g"));
        }
        byte[] alone = "FROM base\nRUN echo alone > /alone\nRUN ls -A /tmp\n".getBytes(StandardCharsets.UTF_8);
        Building.done(building.run(alone, "-", "-t", "alone"));
        assertEquals("alone\n", building.in("alone", "cat /alone"));
        byte[] copying = "FROM base\nCOPY . /all/\n".getBytes(StandardCharsets.UTF_8);
        Building.done(building.run(copying, "-", "-t", "alone"));
        assertEquals("", building.in("alone", "ls -A /all"));
        Path context = building.context(Map.of("f", "of the directory", "Dockerfile", "FROM nowhere\n"));
        Building.done(building.run("FROM base\nCOPY f /f\n".getBytes(StandardCharsets.UTF_8), context.toString(), "-f", "-", "-t", "mixed"));
        assertEquals("of the directory", building.in("mixed", "cat /f"));
        assertTrue(building.run(alone, "-", "-f", "sub/Other").sentence().contains("standard input is no tar"));
        assertTrue(building.run(new byte[0], "-").sentence().contains("nothing came on standard input"));
    }

    @Test
    void aContextMayBeALinkAndItsDockerfileAnywhere() throws Exception {
        Path context = building.context(Map.of("Dockerfile", "FROM base\nCOPY f /f\nCOPY . /all/\n", "f", "behind a link"));
        Path link = Files.createSymbolicLink(building.directory().resolve("link-to-context"), context);
        building.build(link, "-t", "linked");
        assertEquals("behind a linkDockerfile\nf\n", building.in("linked", "cat /f; ls -A /all"));
        Path outside = building.directory().resolve("elsewhere.Dockerfile");
        Files.writeString(outside, "FROM base\nCOPY . /outside/\n");
        building.build(link, "-t", "outside", "-f", outside.toString());
        assertEquals("Dockerfile\nf\n", building.in("outside", "ls -A /outside"));
        assertTrue(building.run(context, "-f", "missing").sentence().contains("name the Dockerfile with -f"));
        assertTrue(building.run(building.directory().resolve("nothing")).sentence().contains("is no directory"));
    }

    @Test
    void whatIsIgnoredIsNotSent() throws Exception {
        Path context = building.context(Map.of(
                "Dockerfile", "FROM base\nCOPY . /all/\n",
                ".dockerignore", "\uFEFF# a comment\n\n  logs/  \n**/*.tmp\n!keep.tmp\nsecret\n!secret/public\n /abs\nDockerfile\n.dockerignore\n#x\n",
                "logs/deep/a", "x", "a.tmp", "x", "d/b.tmp", "x", "keep.tmp", "x", "secret/key", "x"));
        Files.writeString(Files.createDirectory(context.resolve("secret/public")).resolve("pub"), "x");
        Files.writeString(context.resolve("abs"), "x");
        Files.writeString(context.resolve("#x"), "x");
        Files.writeString(context.resolve("d/c"), "x");
        building.build(context, "-t", "ignoring");
        assertEquals("#x d d/c keep.tmp secret secret/public secret/public/pub", building.in("ignoring", "cd /all; echo $(find . -mindepth 1 | sort | cut -c3-)").strip());
        Files.writeString(context.resolve("Dockerfile.dockerignore"), "*\n!d/c\n");
        building.build(context, "-t", "ignoring", "-f", context.resolve("Dockerfile").toString());
        assertEquals("d d/c", building.in("ignoring", "cd /all; echo $(find . -mindepth 1 | sort | cut -c3-)").strip());
        Files.write(context.resolve("Dockerfile.dockerignore"), new byte[] {'a', (byte) 0xff});
        assertTrue(building.run(context).sentence().contains("is not UTF-8"));
    }

    @Test
    void whatIsPrintedAndWrittenIsWhatScriptsNeed() throws Exception {
        Path context = building.context("FROM base\nARG FAIL=0\nRUN echo loud; test $FAIL = 0\n");
        Path file = building.directory().resolve("iid");
        String quiet = building.build(context, "-q", "-t", "quiet", "--label", "a=b", "--label", "empty", "--iidfile", file.toString());
        assertEquals(building.id("quiet") + "\n", quiet);
        assertEquals(building.id("quiet"), Files.readString(file));
        assertEquals("{\"a\":\"b\",\"empty\":\"\"}", building.config("quiet").get("Labels").toString());
        Command failed = building.run(context, "-q", "--build-arg", "FAIL=1", "--iidfile", building.directory().resolve("none").toString());
        assertEquals(1, failed.exitCode());
        assertEquals("", failed.out());
        assertTrue(failed.err().startsWith("loud\nstowbook: ") && failed.err().contains("returned 1"), failed.err());
        assertFalse(Files.exists(building.directory().resolve("none")));
        JsonNode json = new ObjectMapper().readTree(building.build(context, "-o", "json", "-t", "quiet:2", "-t", "other/name")).get(0);
        assertEquals(building.id("quiet:2"), json.get("id").asText());
        assertEquals(2, json.get("references").size(), json.toString());
        assertEquals(building.id("quiet:2"), building.id("other/name"));
    }

    @Test
    void aPlatformIsThatOfWhatIsBuiltOnAndOfWhatIsMade() throws Exception {
        building.build("FROM scratch\nLABEL a=b\n", "--platform", "linux/arm64/v8", "-t", "foreign");
        Path config = building.daemon().root().resolve("image/overlay/imagedb/content/sha256/" + building.id("foreign").substring(7));
        JsonNode made = new ObjectMapper().readTree(config.toFile());
        assertEquals("linux arm64 v8", made.get("os").asText() + " " + made.get("architecture").asText() + " " + made.get("variant").asText());
        assertTrue(building.refused("FROM base\n", "--platform", "linux/s390x").contains("but linux/s390x is built"));
        assertTrue(building.refused("FROM base\n", "--platform", "toaster").contains("is no platform"));
        building.build("FROM --platform=linux/arm64/v8 foreign AS other\nFROM base\n", "-t", "mixed-platforms");
    }

    @Test
    void pullAsksTheRegistryAlthoughTheImageIsThere() throws Exception {
        building.rest().post("/v1/images/tag?source=base&target=" + Rest.encode("127.0.0.1:1/there:1")).ok();
        String dockerfile = "FROM 127.0.0.1:1/there:1\n";
        building.build(dockerfile);
        Command asked = building.run(building.context(dockerfile), "--pull");
        assertTrue(asked.exitCode() != 0 && asked.err().contains("127.0.0.1:1"), asked.err());
    }

    @Test
    void theCacheIsKeyedByContentsAndNotByTimesNorByWhatRunMayUse() throws Exception {
        Path context = building.context(Map.of("Dockerfile", "FROM base\nCOPY d /d\nRUN date +%N; cat /d/f\n", "d/f", "one"));
        building.build(context, "-t", "cached:1");
        Files.setLastModifiedTime(context.resolve("d/f"), FileTime.fromMillis(1_000_000_000_000L));
        building.build(context, "-t", "cached:2", "--memory", "256Mi", "--network", "none");
        assertEquals(building.id("cached:1"), building.id("cached:2"));
        building.build(context, "-t", "cached:3", "--no-cache");
        assertFalse(building.id("cached:1").equals(building.id("cached:3")), "it was not taken anew");
        Files.writeString(context.resolve("d/f"), "two");
        assertTrue(building.build(context, "-t", "cached:4").contains("two"));
    }
}

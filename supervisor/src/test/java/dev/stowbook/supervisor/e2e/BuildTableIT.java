package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Statements of the Dockerfile reference, each as a Dockerfile whose commands print what they see. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BuildTableIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Building building;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        building = Building.start(directory);
    }

    @AfterAll
    void stop() throws Exception {
        building.daemon().close();
    }

    /** @param printed by its commands; lines that end a test's text are joined with {@code |} */
    record Row(String what, String dockerfile, String printed) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Row> table() {
        return Stream.of(
                new Row("comments and empty lines inside an instruction", """
                        RUN echo a && \\
                            # not b
                        # nor c

                            echo d
                        """, "a|d"),
                new Row("white space before an instruction, and its word in any case", "   rUn echo x\n\tRun echo y", "x|y"),
                new Row("another escape", "", ""),
                new Row("variables", """
                        ENV abc=hello
                        ENV abc=bye def=$abc
                        ENV ghi=$abc
                        ENV old style $abc
                        ENV one=${none:-default} two=${abc:+set} three=\\$abc four='$abc' five="$abc x" six=a\\ b
                        RUN echo $abc $def $ghi; echo "$one.$two.$three.$four.$five.$six"
                        """, "bye hello bye|default.set.$abc.$abc.bye x.a b"),
                new Row("a value alone is everything that follows the name", "ENV name a  b=c \"d\"\nRUN echo \"$name\"", "a  b=c d"),
                new Row("an argument does not win over a variable", "ARG V=arg\nENV V=env\nARG V=later\nRUN echo $V", "env"),
                new Row("an argument holds from its line on", "RUN echo \"[$A]\"\nARG A=1\nRUN echo \"[$A]\"\nARG B=${A}2\nRUN echo \"[$B]\"", "[]|[1]|[12]"),
                new Row("the list form is no shell", "ENV X=1\nRUN [\"/bin/echo\", \"$X\", \"a b\"]", "$X a b"),
                new Row("what is no list is for the shell", "RUN [ -d /bin ] && echo yes\nRUN ['echo'] 2>/dev/null || echo no shell quoting", "yes|no shell quoting"),
                new Row("another shell", "SHELL [\"/bin/sh\", \"-c\", \"echo shell; eval \\\"$0\\\"\"]\nRUN echo command\nRUN [\"/bin/echo\", \"list\"]",
                        "shell|command|list"),
                new Row("working directories", "ENV D=sub\nWORKDIR /a\nWORKDIR b\nWORKDIR $D/\nRUN pwd\nWORKDIR ../x\nRUN pwd; stat -c %u:%a /a/b/sub", "/a/b/sub|/a/b/x|0:755"),
                new Row("users", "ENV U=www\nUSER $U\nRUN id -u; id -g\nUSER 12:34\nRUN id -u; id -g\nUSER root\nRUN id -u",
                        "33|33|12|34|0"),
                new Row("a directory's contents, not the directory", "COPY d /new\nCOPY d/ /other/\nRUN ls /new; ls /other", "f|l|f|l"),
                new Row("directories merge into one that is there", "COPY d e /merged/\nRUN ls /merged; cat /merged/f", "f|g|l|e"),
                new Row("a file under another name", "COPY one.txt /x/y\nRUN cat /x/y", "one"),
                new Row("a file into a directory, by its slash or because it is one", "COPY one.txt /new/\nCOPY one.txt /tmp\nRUN ls /new /tmp | sort",
                        "/new:|/tmp:|one.txt|one.txt"),
                new Row("patterns", "COPY *.txt /p/\nCOPY t?o.txt [o]ne.txt /q/\nCOPY arr[[]0].txt /r\nRUN ls /p; ls /q; cat /r", "arr[0].txt|one.txt|two.txt|one.txt|two.txt|bracket"),
                new Row("a list with blanks in names", "COPY [\"with blank\", \"/with blank/\"]\nRUN cat '/with blank/with blank'", "blank"),
                new Row("variables in paths", "ARG NAME=one\nENV TO=/to\nCOPY ${NAME}.txt $TO/\nRUN ls /to", "one.txt"),
                new Row("against the working directory", "WORKDIR /w\nCOPY one.txt .\nCOPY one.txt ./x\nCOPY two.txt ../y\nRUN ls /w; cat /y", "one.txt|x|two"),
                new Row("a link is followed where it is named, and copied where it lies", "COPY link /a\nCOPY d /b\nRUN test -L /a || echo file; readlink /b/l", "file|f"),
                new Row("through a link in the image", "RUN ln -s /tmp /away\nCOPY one.txt /away/\nRUN ls /tmp; test -L /away && echo link", "one.txt|link"),
                new Row("over a file that is there", "COPY one.txt /f\nCOPY two.txt /f\nRUN cat /f", "two"),
                new Row("owners", """
                        RUN echo alone:x:77:88::/:/bin/sh >> /etc/passwd
                        COPY --chown=www one.txt /o/a
                        COPY --chown=www:extra one.txt /o/b
                        COPY --chown=12:34 d /o/c
                        COPY --chown=alone one.txt /o/d
                        COPY --chown=9 one.txt /o/e
                        COPY one.txt /o/f
                        RUN for f in a b c/f c d e f; do stat -c %u:%g /o/$f; done
                        """, "33:33|33:44|12:34|12:34|77:77|9:9|0:0"),
                new Row("modes", "COPY --chmod=4751 one.txt /m\nCOPY run.sh /n\nRUN stat -c %a /m /n", "4751|755"),
                new Row("from an image, whose owners stay", "COPY --from=base /etc/passwd /www/index.html /got/\nRUN ls /got", "index.html|passwd"),
                new Row("archives", "ADD a.tar /t\nADD not.tar.gz /n/\nCOPY a.tar /c/\nRUN cat /t/in/tar; ls /n /c | grep .", "tarred|/c:|a.tar|/n:|not.tar.gz"),
                new Row("what is done to a volume later is lost", """
                        RUN mkdir /v && echo before > /v/f
                        VOLUME /v
                        RUN echo after > /v/f; cat /v/f
                        RUN cat /v/f
                        COPY one.txt /v/g
                        RUN cat /v/f /v/g
                        """, "after|before|before|one"),
                new Row("a file that a command removed is gone for the next", "COPY one.txt /f\nRUN rm /f\nRUN test -e /f || echo gone", "gone"),
                new Row("a directory that was removed and made anew is empty", "COPY d /k\nRUN rm -r /k && mkdir /k\nRUN ls -A /k; echo empty", "empty"),
                new Row("the proxies are there without being declared", "RUN echo $http_proxy; env | grep PROXY || echo no more", "http://proxy.test:1|no more"),
                new Row("the platform is there when it is declared", "ARG TARGETOS\nARG TARGETARCH\nRUN echo $TARGETOS; test -n \"$TARGETARCH\" && echo some", "linux|some"));
    }

    @ParameterizedTest
    @MethodSource("table")
    void aDockerfileDoesWhatTheReferenceSays(Row row) throws Exception {
        String dockerfile = row.what().equals("another escape")
                ? "# escape=`\nFROM base\nENV A=a`$b P=C:\\x\nRUN echo a `\n && echo \"$A $P\"\n"
                : "FROM base\n" + row.dockerfile();
        String printed = row.what().equals("another escape") ? "a|a$b C:\\x" : row.printed();
        assertEquals(printed, printed(build(dockerfile, "&arguments=" + Rest.encode("{\"http_proxy\":\"http://proxy.test:1\"}"))));
    }

    /** @return the lines that came of it */
    private List<JsonNode> build(String dockerfile, String query) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : building.rest().post("/v1/build?" + query.replaceFirst("^&", ""), "application/x-tar", context(dockerfile)).ok().text().split("\n")) {
            lines.add(JSON.readTree(line));
        }
        assertTrue(lines.getLast().has("id"), lines.toString());
        return lines;
    }

    private static String printed(List<JsonNode> lines) {
        StringBuilder text = new StringBuilder();
        for (JsonNode line : lines) {
            text.append(line.path("progress").path("stream").asText().equals("stdout") ? line.path("progress").path("text").asText() : "");
        }
        return text.toString().strip().replace("\n\n", "\n").replace("\n", "|");
    }

    private static byte[] context(String dockerfile) throws IOException {
        Map<String, String> files = new TreeMap<>(Map.of("Dockerfile", dockerfile, "one.txt", "one\n", "two.txt", "two\n", "arr[0].txt", "bracket\n",
                "with blank", "blank\n", "d/f", "d\n", "e/f", "e\n", "e/g", "e\n", "not.tar.gz", "no archive\n"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            for (Map.Entry<String, String> file : files.entrySet()) {
                BusyboxTar.file(tar, file.getKey(), file.getValue().getBytes(StandardCharsets.UTF_8), 0100644);
            }
            BusyboxTar.file(tar, "run.sh", "#!/bin/sh\n".getBytes(StandardCharsets.UTF_8), 0100755);
            BusyboxTar.file(tar, "a.tar", archive(), 0100644);
            link(tar, "link", "d/f");
            link(tar, "d/l", "f");
        }
        return bytes.toByteArray();
    }

    private static void link(TarArchiveOutputStream tar, String name, String target) throws IOException {
        TarArchiveEntry link = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
        link.setLinkName(target);
        tar.putArchiveEntry(link);
        tar.closeArchiveEntry();
    }

    private static byte[] archive() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            BusyboxTar.file(tar, "in/tar", "tarred\n".getBytes(StandardCharsets.UTF_8), 0100644);
        }
        return bytes.toByteArray();
    }

    @Test
    void triggersRunInTheNextImageAndTheirTriggersInNone() throws Exception {
        build("FROM base\nONBUILD RUN echo first\nONBUILD ENV FROM_TRIGGER=1\nONBUILD COPY one.txt /triggered\nRUN echo now\n", "tags=trigger-a");
        assertEquals("first|own 1 one", printed(build("FROM trigger-a AS x\nRUN echo own $FROM_TRIGGER $(cat /triggered)\nONBUILD RUN echo second\n", "tags=trigger-b")));
        assertEquals("second|stage", printed(build("FROM trigger-b AS stage\nFROM stage\nRUN echo stage\n", "tags=trigger-c")));
        assertEquals("", printed(build("FROM trigger-c\n", "tags=trigger-d")));
    }

    static Stream<String> configurations() {
        return Stream.of(
                "ENV a b  c\nENV d=\"e f\" g='h $a' i=j\\ k l=$a m=${none:-n} o=${a:+p} q=\"r \\\"s\\\"\"\nENV a=again",
                "ENV PATH=/x:$PATH\nENV empty=\nENV quoted=\"\" spaced=\"  \"",
                "LABEL one=1 \"two words\"=\"a b\" multi=\"line \\\ncontinued\"\nLABEL one=2 com.example.x='y z'\nLABEL old style of it",
                "WORKDIR /a\nWORKDIR b/c\nWORKDIR ..\nWORKDIR d/",
                "WORKDIR rel\nENV W=/env\nWORKDIR ${W}/x",
                "USER 1000\nUSER name:group\nENV U=5\nUSER ${U}:6",
                "ENV P=90\nEXPOSE 80 443/tcp 53/udp\nEXPOSE $P 80/tcp",
                "ENV V=/v\nVOLUME /a /b\nVOLUME [\"/c d\", \"$V\"]\nVOLUME $V/w",
                "CMD echo $HOME",
                "CMD [\"a\", \"b c\", \"$HOME\"]\nENTRYPOINT [\"/e\"]",
                "ENTRYPOINT exec top -b\nCMD [\"x\"]",
                "CMD [\"first\"]\nCMD [\"second\"]\nENTRYPOINT []\nENTRYPOINT [\"/one\"]",
                "CMD [\"a\", oops]",
                "CMD run it\nENTRYPOINT start it\nHEALTHCHECK CMD check it\nSHELL [\"/bin/bash\", \"-ec\"]",
                "HEALTHCHECK --interval=1m30s --timeout=250ms --start-period=2s --retries=7 CMD [\"curl\", \"x y\"]",
                "HEALTHCHECK CMD a\nHEALTHCHECK NONE",
                "STOPSIGNAL SIGQUIT\nENV S=SIGUSR2\nSTOPSIGNAL $S",
                "STOPSIGNAL 9",
                "ONBUILD RUN a && b\nONBUILD COPY . /x\nONBUILD ENV y=$z",
                "ARG A=1\nENV A_KEPT=$A\nARG B\nENV B_KEPT=${B:-none}\nLABEL l=$A",
                "MAINTAINER Some Body <some@body.test>");
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void aConfigurationIsAsBuildahMakesIt(String instructions) throws Exception {
        String dockerfile = "FROM scratch\nCOPY one.txt /f\n" + instructions + "\n";
        String id = build(dockerfile, "").getLast().get("id").asText();
        JsonNode whole = JSON.readTree(building.daemon().root().resolve("image/overlay/imagedb/content/sha256/" + id.substring(7)).toFile());
        Path context = building.context(Map.of("Dockerfile", dockerfile, "one.txt", "one\n"));
        JsonNode theirs = buildah(context);
        assertEquals(said(theirs), said(whole));
    }

    /** Where buildah 1.28 does not do what the reference says: its shell is always {@code /bin/sh}, and ranges of ports stay as they are. */
    @Test
    void theShellIsThatOfTheLinesAboveAndARangeOfPortsIsItsPorts() throws Exception {
        String id = build("FROM scratch\nSHELL [\"/bin/bash\", \"-ec\"]\nCMD run it\nENTRYPOINT start it\nEXPOSE 8000-8001/udp\n", "").getLast().get("id").asText();
        JsonNode config = JSON.readTree(building.daemon().root().resolve("image/overlay/imagedb/content/sha256/" + id.substring(7)).toFile()).get("config");
        assertEquals("[\"/bin/bash\",\"-ec\",\"run it\"] [\"/bin/bash\",\"-ec\",\"start it\"] {\"8000/udp\":{},\"8001/udp\":{}}",
                config.get("Cmd") + " " + config.get("Entrypoint") + " " + config.get("ExposedPorts"));
    }

    /** What an image says of how it runs, without what is empty, and without the version of who made it. */
    private static Map<String, Object> said(JsonNode document) {
        Map<String, Object> said = new TreeMap<>();
        ObjectNode config = document.get("config").deepCopy();
        config.path("Labels").properties().removeIf(label -> label.getKey().equals("io.buildah.version"));
        for (String field : List.of("Cmd", "Entrypoint", "WorkingDir", "User", "ExposedPorts", "Volumes", "StopSignal", "Shell", "Healthcheck", "OnBuild",
                "Labels")) {
            JsonNode value = config.path(field);
            if (!value.isEmpty() || value.isTextual() && !value.asText().isEmpty()) {
                said.put(field, value.toString());
            }
        }
        List<String> env = new ArrayList<>();
        config.path("Env").forEach(each -> env.add(each.asText()));
        env.sort(null);
        said.put("Env", env);
        said.put("author", document.path("author").asText(""));
        return said;
    }

    private JsonNode buildah(Path context) throws Exception {
        List<String> buildah = List.of("buildah", "--root", building.directory().resolve("buildah").toString(), "--runroot",
                building.directory().resolve("buildah-run").toString(), "--storage-driver", "vfs");
        other(buildah, "bud", "-q", "--format", "docker", "-t", "compared", context.toString());
        return JSON.readTree(other(buildah, "inspect", "--type", "image", "compared")).get("Docker");
    }

    private static String other(List<String> program, String... words) throws Exception {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(words));
        Path errors = Files.createTempFile("stowbook-test-buildah", "");
        Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), command + ": " + out + Files.readString(errors));
        Files.delete(errors);
        return out;
    }
}

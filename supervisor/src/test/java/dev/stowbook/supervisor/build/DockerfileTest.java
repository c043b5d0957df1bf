package dev.stowbook.supervisor.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.build.Instruction.CommandLine;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DockerfileTest {

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '^', value = {
        "ENV a=b ~ Env[pairs=[Pair[name=a, value=b]]]",
        "env a=b c='d e' f=\"g h\" ~ Env[pairs=[Pair[name=a, value=b], Pair[name=c, value='d e'], Pair[name=f, value=\"g h\"]]]",
        "ENV a  b c  d ~ Env[pairs=[Pair[name=a, value=b c  d]]]",
        "ENV a=b\\ c d= ~ Env[pairs=[Pair[name=a, value=b\\ c], Pair[name=d, value=]]]",
        "LABEL \"com.example.vendor\"=ACME version=1 ~ Label[pairs=[Pair[name=\"com.example.vendor\", value=ACME], Pair[name=version, value=1]]]",
        "LABEL old style ~ Label[pairs=[Pair[name=old, value=style]]]",
        "ARG a b=c ~ Arg[names=[Declared[name=a, value=Optional.empty], Declared[name=b, value=Optional[c]]]]",
        "ARG a= ~ Arg[names=[Declared[name=a, value=Optional[]]]]",
        "RUN echo hello | cat ~ Run[command=CommandLine[exec=false, words=[echo hello | cat]]]",
        "RUN [\"echo\", \"a b\"] ~ Run[command=CommandLine[exec=true, words=[echo, a b]]]",
        "RUN [ -f /x ] && echo y ~ Run[command=CommandLine[exec=false, words=[[ -f /x ] && echo y]]]",
        "RUN ['echo'] ~ Run[command=CommandLine[exec=false, words=[['echo']]]]",
        "RUN echo $((1 << 3)) ~ Run[command=CommandLine[exec=false, words=[echo $((1 << 3))]]]",
        "CMD [] ~ Cmd[command=CommandLine[exec=true, words=[]]]",
        "CMD ~ Cmd[command=CommandLine[exec=false, words=[]]]",
        "ENTRYPOINT [\"/a\"] ~ Entrypoint[command=CommandLine[exec=true, words=[/a]]]",
        "COPY a b /c/ ~ Copy[add=false, sources=[a, b], destination=/c/, from=Optional.empty, chown=Optional.empty, chmod=Optional.empty, checksum=Optional.empty]",
        "COPY --from=x --chown=1:2 --chmod=755 [\"a b\", \"/c\"] ~ Copy[add=false, sources=[a b], destination=/c, from=Optional[x], chown=Optional[1:2], chmod=Optional[755], checksum=Optional.empty]",
        "ADD --chown=u a.tar / ~ Copy[add=true, sources=[a.tar], destination=/, from=Optional.empty, chown=Optional[u], chmod=Optional.empty, checksum=Optional.empty]",
        "WORKDIR /a b ~ Workdir[path=/a b]",
        "USER www:www ~ User[user=www:www]",
        "EXPOSE 80 443/tcp 53/udp ~ Expose[ports=[80, 443/tcp, 53/udp]]",
        "VOLUME /a /b ~ Volume[paths=[/a, /b]]",
        "VOLUME [\"/a b\"] ~ Volume[paths=[/a b]]",
        "SHELL [\"/bin/bash\", \"-c\"] ~ Shell[words=[/bin/bash, -c]]",
        "STOPSIGNAL SIGKILL ~ Stopsignal[signal=SIGKILL]",
        "MAINTAINER A B <c@d> ~ Maintainer[author=A B <c@d>]",
        "ONBUILD RUN make ~ Onbuild[trigger=RUN make]",
        "HEALTHCHECK NONE ~ Healthcheck[command=Optional.empty, interval=Optional.empty, timeout=Optional.empty, startPeriod=Optional.empty, startInterval=Optional.empty, retries=OptionalInt.empty]",
    })
    void anInstructionIsReadAsTheReferenceSays(String text, String expected) throws DockerfileException {
        assertEquals(expected, InstructionReader.read(new Place("Dockerfile", 1), '\\', text).toString());
    }

    @Test
    void aHealthCheckHasItsTimesAndItsCommand() throws DockerfileException {
        Dockerfile file = parse("FROM a\nHEALTHCHECK --interval=1m30s --timeout=250ms --start-period=0s --retries=3 CMD curl -f http://x || exit 1");
        assertEquals(
                new Instruction.Healthcheck(
                        Optional.of(new CommandLine(false, List.of("curl -f http://x || exit 1"))),
                        Optional.of(Duration.ofSeconds(90)), Optional.of(Duration.ofMillis(250)), Optional.of(Duration.ZERO),
                        Optional.empty(), OptionalInt.of(3)),
                file.stages().getFirst().steps().getFirst().instruction());
    }

    @Test
    void linesAreJoinedCommentsLeftOutAndDirectivesHonoured() throws DockerfileException {
        Dockerfile file = parse("""
                # syntax=docker/dockerfile:1
                # escape=`

                # a comment
                ARG v=1
                FROM base:$v AS One
                RUN a `
                  # in between

                  b `
                c\\
                ENV x=y
                FROM scratch
                """);
        assertEquals('`', file.escape());
        assertEquals(1, file.globals().size());
        assertEquals(2, file.stages().size());
        assertEquals(Optional.of("one"), file.stages().getFirst().name());
        assertEquals(
                new Instruction.Run(new CommandLine(false, List.of("a   b c\\"))), file.stages().getFirst().steps().getFirst().instruction());
        assertEquals(7, file.stages().getFirst().steps().getFirst().place().line());
        assertEquals(12, file.stages().getFirst().steps().get(1).place().line());
        assertEquals(OptionalInt.of(0), file.stage("ONE", 1));
        assertEquals(OptionalInt.of(0), file.stage("0", 1));
        assertEquals(OptionalInt.empty(), file.stage("1", 1));
    }

    @Test
    void aDirectiveAfterACommentIsAComment() throws DockerfileException {
        assertEquals('\\', parse("# hello\n# escape=`\nFROM a").escape());
        assertEquals('`', parse("\uFEFF#ESCAPE = `\r\nFROM a\r\n").escape());
    }

    @Test
    void aDoubledEscapeDoesNotJoin() throws DockerfileException {
        Dockerfile file = parse("FROM a\nRUN x\\\\\nRUN y\\ \n z");
        assertEquals(List.of("RUN x\\\\", "RUN y z"), file.stages().getFirst().steps().stream().map(Dockerfile.Step::text).toList());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '^', value = {
        "'' ~ 1 ~ there is no FROM",
        "RUN a ~ 1 ~ first instruction must be FROM",
        "FROM a\\nFRMO b ~ 2 ~ no instruction \"FRMO\"",
        "FROM a b ~ 1 ~ FROM image AS name",
        "FROM a AS 1x ~ 1 ~ no name for a stage",
        "FROM a AS b\\nFROM a AS B ~ 2 ~ two stages named b",
        "FROM --foo=1 a ~ 1 ~ has no flag \"--foo\"",
        "FROM --platform a ~ 1 ~ needs a value",
        "FROM a\\n\\nRUN --mount=type=cache,target=/x make ~ 3 ~ --mount is BuildKit's",
        "FROM a\\nRUN --network=none make ~ 2 ~ --network is BuildKit's",
        "FROM a\\nRUN <<EOF ~ 2 ~ here-document",
        "FROM a\\nCOPY <<EOF /x ~ 2 ~ here-document",
        "FROM a\\nCOPY --link a b ~ 2 ~ --link is BuildKit's",
        "FROM a\\nCOPY a ~ 2 ~ at least one source",
        "FROM a\\nCOPY --from=x --from=y a b ~ 2 ~ twice",
        "FROM a\\nADD --from=x a b ~ 2 ~ no flag",
        "FROM a\\nENV ~ 2 ~ needs a name",
        "FROM a\\nENV a ~ 2 ~ needs a value",
        "FROM a\\nENV a=b c ~ 2 ~ where NAME=value should be",
        "FROM a\\nENV a=b =c ~ 2 ~ where NAME=value should be",
        "FROM a\\nARG =b ~ 2 ~ no name",
        "FROM a\\nSHELL /bin/sh ~ 2 ~ list in JSON",
        "FROM a\\nSHELL [] ~ 2 ~ must not be empty",
        "FROM a\\nCMD [\"a\", 1] ~ 2 ~ double quotes",
        "FROM a\\nVOLUME [] ~ 2 ~ needs a path",
        "FROM a\\nSTOPSIGNAL a b ~ 2 ~ one argument",
        "FROM a\\nHEALTHCHECK --interval=x CMD y ~ 2 ~ a duration",
        "FROM a\\nHEALTHCHECK --interval=1us CMD y ~ 2 ~ at least 1ms",
        "FROM a\\nHEALTHCHECK --retries=-1 CMD y ~ 2 ~ a number",
        "FROM a\\nHEALTHCHECK x ~ 2 ~ HEALTHCHECK NONE",
        "FROM a\\nHEALTHCHECK NONE x ~ 2 ~ no arguments",
        "FROM a\\nONBUILD ONBUILD RUN x ~ 2 ~ ONBUILD cannot be put off",
        "FROM a\\nONBUILD from x ~ 2 ~ FROM cannot be put off",
        "FROM a\\nONBUILD RNU x ~ 2 ~ no instruction",
        "FROM a\\nUSER --x=1 b ~ 2 ~ it has none",
        "# escape=x\\nFROM a ~ 1 ~ the directive escape is",
        "# escape=`\\n# escape=`\\nFROM a ~ 2 ~ twice",
    })
    void aMistakeIsToldWithItsLineAndWhatToDo(String text, int line, String part) {
        var problem = assertThrows(DockerfileException.class, () -> parse(text.equals("''") ? "" : text.replace("\\n", "\n")));
        assertEquals(line, problem.line(), problem.getMessage());
        assertTrue(problem.getMessage().startsWith("Dockerfile:" + line + ": ") && problem.getMessage().contains(part), problem.getMessage());
    }

    @Test
    void bytesThatAreNoTextAreRefused() {
        assertTrue(assertThrows(DockerfileException.class, () -> Dockerfile.parse("D", new byte[] {'F', (byte) 0xff})).getMessage().contains("UTF-8"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '^', value = {
        "plain ~ plain",
        "$foo ~ bar",
        "${foo} ~ bar",
        "a${foo}b$foo ~ abarbbar",
        "$foo_x ~ ''",
        "${foo}_x ~ bar_x",
        "\\$foo ~ $foo",
        "\\\\$foo ~ \\bar",
        "'$foo' ~ $foo",
        "\"$foo\" ~ bar",
        "\"a\\\"b\\$c\\d\" ~ a\"b$c\\d",
        "'a\"b' ~ a\"b",
        "a' 'b ~ a b",
        "${none:-other} ~ other",
        "${none-other} ~ other",
        "${empty:-other} ~ other",
        "${empty-other} ~ ''",
        "${foo:-other} ~ bar",
        "${foo:+other} ~ other",
        "${none:+other} ~ ''",
        "${empty+other} ~ other",
        "${empty:+other} ~ ''",
        "${none:-$foo} ~ bar",
        "${none:-${none:-\"x y\"}} ~ x y",
        "${foo:?must} ~ bar",
        "$ ~ $",
        "a$ ~ a$",
        "$$foo ~ $bar",
        "$1foo ~ foo",
        "a\\ b ~ a b",
        "a\\ ~ a",
    })
    void variablesAreReplacedAsAShellDoes(String text, String expected) throws DockerfileException {
        assertEquals(expected.equals("''") ? "" : expected, expand(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"${foo", "${", "${}", "${:-x}", "${foo:", "${foo:-x", "${foo!x}", "${foo#b}", "'a", "\"a", "${none:?must be given}", "${none:?}"})
    void whatIsNoSubstitutionIsRefused(String text) {
        var problem = assertThrows(DockerfileException.class, () -> expand(text));
        assertTrue(problem.getMessage().startsWith("D:3: "), problem.getMessage());
    }

    @Test
    void substitutionsThatNestTooDeepAreRefused() {
        assertThrows(DockerfileException.class, () -> expand("${a:-".repeat(100_000)));
    }

    @ParameterizedTest
    @CsvSource({"1h30m, 5400000", "1.5s, 1500", "250ms, 250", "0, 0", "0s, 0", "1d, ", "'', ", "-1s, ", "1, ", "1s2, ", "s, "})
    void durationsAreGos(String text, Long millis) {
        assertEquals(Optional.ofNullable(millis).map(Duration::ofMillis), GoDuration.parse(text == null ? "" : text));
    }

    private static String expand(String text) throws DockerfileException {
        Map<String, String> values = Map.of("foo", "bar", "empty", "");
        return Expansion.of(new Place("D", 3), text, '\\', name -> Optional.ofNullable(values.get(name)));
    }

    static Dockerfile parse(String text) throws DockerfileException {
        return Dockerfile.parse("Dockerfile", text.getBytes(StandardCharsets.UTF_8));
    }

}

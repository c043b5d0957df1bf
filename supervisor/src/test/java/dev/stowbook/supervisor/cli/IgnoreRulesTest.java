package dev.stowbook.supervisor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of the Dockerfile reference, ".dockerignore file", and what follows from them. */
class IgnoreRulesTest {

    @ParameterizedTest
    @CsvSource({
        "'*/temp*', somedir/temporary.txt, true",
        "'*/temp*', temp, false",
        "'*/*/temp*', somedir/subdir/temporary.txt, true",
        "'temp?', tempa, true",
        "'temp?', tempab, false",
        "'**/*.go', main.go, true",
        "'**/*.go', a/b/main.go, true",
        "'*.go', a/main.go, false",
        "'/abs', abs, true",
        "'./a/../b/', b/c, true",
        "dir, dir/deep/file, true",
        "dir, dirt, false",
        "'*.md|!README.md', README.md, false",
        "'*.md|!README*.md|README-secret.md', README-secret.md, true",
        "'*.md|README-secret.md|!README*.md', README-secret.md, false",
        "'# a|b', a, false",
        "'# a|b', b, true",
        "'[a-c].txt', b.txt, true",
        "'[^a-c].txt', b.txt, false",
        "'a\\*', a*, true",
        "'a\\*', ab, false",
        "'a.c', abc, false",
        "'dir/**', dir/x/y, true",
        "'**', anything/at/all, true",
        "'[', '[', true",
    })
    void theLastPatternThatMatchesCounts(String lines, String path, boolean leftOut) {
        assertEquals(leftOut, IgnoreRules.parse(List.of(lines.split("\\|"))).leavesOut(path));
    }
}

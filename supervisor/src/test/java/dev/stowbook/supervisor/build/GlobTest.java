package dev.stowbook.supervisor.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {

    @ParameterizedTest
    @CsvSource({
        "hom*, home.txt, true", "hom*, a/home.txt, false", "hom?.txt, home.txt, true", "hom?.txt, hom.txt, false", "'[a-c]', b, true",
        "'[^a-c]', b, false", "'[^a-c]', d, true", "'arr[[]0].txt', 'arr[0].txt', true", "'a\\*', a*, true", "'a\\*', ab, false", "'a.c', abc, false",
        "'[]a]', ']', true", "'[a^]', ^, true", "'?', /, false", "'[&-z]', m, true", "'[\\d]', d, true", "'[\\d]', 1, false", "'[\\-x]', -, true"
    })
    void aPatternIsReadAsGoReadsIt(String glob, String name, boolean matches) throws BuildException {
        assertEquals(matches, Glob.compile(glob).matcher(name).matches());
    }

    @Test
    void aPatternThatIsNotClosedIsRefused() {
        assertTrue(assertThrows(BuildException.class, () -> Glob.compile("a[b")).getMessage().contains("has no \"]\""));
    }
}

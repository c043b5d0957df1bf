package dev.stowbook.supervisor.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpansionTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        "plain | plain", "$(A) | one", "x$(A)y$(B) | xoney", "$(MISSING) | $(MISSING)", "$$(A) | $(A)", "$$$(A) | $one", "$A | $A", "$ | $",
        "$( | $(", "$(A | $(A", "$$ | $", "$(A)) | one)", "$() | $()", "$(C) | $(A)", "$(A)$(A) | oneone", "a$b | a$b"
    })
    void referencesAreReplacedAsKubernetesDoes(String written, String expected) {
        assertEquals(expected, Expansion.expand(written, Map.of("A", "one", "B", "", "C", "$(A)")));
    }
}

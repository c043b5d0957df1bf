package dev.stowbook.supervisor.decide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalsTest {

    @ParameterizedTest
    @CsvSource({
        "TERM,TERM,15", "SIGTERM,TERM,15", "sigkill,KILL,9", "15,TERM,15", "1,HUP,1", "31,SYS,31", "USR1,USR1,10",
        "WINCH,WINCH,28", "RTMIN,RTMIN+0,34", "RTMIN+3,RTMIN+3,37", "SIGRTMIN+3,RTMIN+3,37", "64,RTMIN+30,64"
    })
    void namesAndNumbersComeToOneName(String text, String name, int number) {
        assertEquals(Optional.of(name), Signals.name(text));
        assertEquals(number, Signals.number(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "32", "33", "65", "-9", "SIG", "FOO", "RTMIN+31", "RTMIN-1", "9x"})
    void whatIsNoSignalHasNoName(String text) {
        assertTrue(Signals.name(text).isEmpty(), text);
    }

    @Test
    void onlyNamesOfOurOwnHaveNumbers() {
        assertThrows(IllegalArgumentException.class, () -> Signals.number("SIGTERM"));
    }
}

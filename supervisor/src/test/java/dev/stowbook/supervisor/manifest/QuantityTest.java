package dev.stowbook.supervisor.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0", "1, 1", "+1, 1", "-1, -1", "1., 1", ".5, 0.5", "1.5, 1.5", "100m, 0.1", "250u, 0.00025", "5n, 0.000000005",
        "1k, 1000", "1M, 1000000", "1G, 1000000000", "1T, 1000000000000", "1P, 1000000000000000", "1E, 1000000000000000000",
        "1Ki, 1024", "64Mi, 67108864", "1Gi, 1073741824", "1Ti, 1099511627776", "1Pi, 1125899906842624", "1Ei, 1152921504606846976",
        "0.5Gi, 536870912", "1e3, 1000", "1E3, 1000", "12e-1, 1.2", "1.5e+2, 150", "007, 7"
    })
    void aQuantityIsReadExactly(String written, BigDecimal expected) {
        assertEquals(new Quantity(expected), Quantity.parse(written));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "Mi", "-", "+", ".", "1.2.3", "1_000", "0x10", "0o17", "12:30", "1 Mi", "1K", "1mi", "1MiB", "1e", "1e3Mi",
        "1ee3", "1e99999999999", "1e31", "NaN", "--1", "1-", "٣", "1m ", "111111111111111111111111111111111111111111111111111"})
    void whatIsNoQuantityIsRefusedWithASentence(String written) {
        var refusal = assertThrows(IllegalArgumentException.class, () -> Quantity.parse(written));
        assertTrue(refusal.getMessage().length() > 20, refusal.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"9223372036854775807, 9223372036854775807", "8Pi, 9007199254740992", "1500m, error", "9223372036854775808, error", "8Ei, error", "-1, error",
        "0.1, error", "1e30, error", "1.0, 1"})
    void bytesAreWholeNotNegativeAndFitALong(String written, String expected) {
        Quantity quantity = Quantity.parse(written);
        if (expected.equals("error")) {
            assertThrows(ArithmeticException.class, () -> quantity.wholeNumber("byte"));
        } else {
            assertEquals(Long.parseLong(expected), quantity.wholeNumber("byte"));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1024, 100000", "100m, 102, 10000", "1500m, 1536, 150000", "1m, 2, 100", "0.5, 512, 50000", "2, 2048, 200000"})
    void processorsBecomeSharesAndQuota(String written, int shares, long quotaMicros) {
        long millicpu = Quantity.parse(written).thousandths("processor");
        assertEquals(shares, Limits.shares(millicpu));
        assertEquals(quotaMicros, Limits.quotaMicros(millicpu, 100_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"100u", "1.0001", "-1m"})
    void processorsFinerThanAThousandthAreRefused(String written) {
        assertThrows(ArithmeticException.class, () -> Quantity.parse(written).thousandths("processor"));
    }
}

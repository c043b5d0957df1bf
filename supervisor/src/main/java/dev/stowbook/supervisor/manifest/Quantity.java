package dev.stowbook.supervisor.manifest;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

/**
 * An exact decimal quantity: {@code 100m}, {@code 1.5}, {@code 64Mi}, {@code 1e3}.
 *
 * <p>Source: Kubernetes API conventions, "Resource units" and the serialization format of its {@code Quantity}: a signed number and
 * one suffix, binary ({@code Ki Mi Gi Ti Pi Ei}), decimal ({@code n u m k M G T P E}) or an exponent ({@code e3}, {@code E3}).
 * Unlike there, a number that does not fit is an error and is never rounded or capped.
 *
 * @param value the number, exact
 */
public record Quantity(BigDecimal value) implements Comparable<Quantity> {
    private static final int LONGEST = 48;
    private static final int LARGEST_EXPONENT = 30;
    private static final BigDecimal LONG_MAX = BigDecimal.valueOf(Long.MAX_VALUE);

    private static final Map<String, BigDecimal> SUFFIXES = Map.ofEntries(
            Map.entry("", BigDecimal.ONE),
            Map.entry("n", BigDecimal.ONE.movePointLeft(9)),
            Map.entry("u", BigDecimal.ONE.movePointLeft(6)),
            Map.entry("m", BigDecimal.ONE.movePointLeft(3)),
            Map.entry("k", BigDecimal.TEN.pow(3)),
            Map.entry("M", BigDecimal.TEN.pow(6)),
            Map.entry("G", BigDecimal.TEN.pow(9)),
            Map.entry("T", BigDecimal.TEN.pow(12)),
            Map.entry("P", BigDecimal.TEN.pow(15)),
            Map.entry("E", BigDecimal.TEN.pow(18)),
            Map.entry("Ki", binary(1)),
            Map.entry("Mi", binary(2)),
            Map.entry("Gi", binary(3)),
            Map.entry("Ti", binary(4)),
            Map.entry("Pi", binary(5)),
            Map.entry("Ei", binary(6)));

    private static BigDecimal binary(int power) {
        return BigDecimal.valueOf(1024).pow(power);
    }

    /** Parses a quantity. @throws IllegalArgumentException with a sentence if it is not one */
    public static Quantity parse(String text) {
        if (text.isEmpty() || text.length() > LONGEST) {
            throw new IllegalArgumentException("a quantity has 1 to " + LONGEST + " characters");
        }
        int end = endOfNumber(text);
        BigDecimal number = number(text, end);
        String suffix = text.substring(end);
        BigDecimal factor = SUFFIXES.get(suffix);
        if (factor != null) {
            return new Quantity(number.multiply(factor));
        }
        if (suffix.length() > 1 && (suffix.charAt(0) == 'e' || suffix.charAt(0) == 'E')) {
            return new Quantity(number.scaleByPowerOfTen(exponent(text, suffix.substring(1))));
        }
        throw new IllegalArgumentException("'" + text + "' ends in '" + suffix + "', which is no unit: use one of Ki Mi Gi Ti Pi Ei, "
                + "n u m k M G T P E, or none");
    }

    private static int endOfNumber(String text) {
        int at = text.charAt(0) == '+' || text.charAt(0) == '-' ? 1 : 0;
        while (at < text.length() && (digit(text.charAt(at)) || text.charAt(at) == '.')) {
            at++;
        }
        return at;
    }

    private static BigDecimal number(String text, int end) {
        int digits = 0;
        int points = 0;
        for (int i = 0; i < end; i++) {
            digits += digit(text.charAt(i)) ? 1 : 0;
            points += text.charAt(i) == '.' ? 1 : 0;
        }
        if (digits == 0 || points > 1) {
            throw new IllegalArgumentException("'" + text + "' is no quantity: write a number such as 1, 0.5, 100m or 64Mi");
        }
        return new BigDecimal(text.substring(0, end));
    }

    private static int exponent(String text, String digits) {
        int exponent;
        try {
            exponent = Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no quantity: 'e" + digits + "' is no exponent", e);
        }
        if (Math.abs(exponent) > LARGEST_EXPONENT) {
            throw new IllegalArgumentException("'" + text + "' has an exponent beyond " + LARGEST_EXPONENT);
        }
        return exponent;
    }

    private static boolean digit(char c) {
        return c >= '0' && c <= '9';
    }

    /** The quantity as a whole number of bytes, processes or what it counts. @throws ArithmeticException with a sentence if it is none */
    public long wholeNumber(String unit) {
        return whole(value, unit, "a fraction of a " + unit);
    }

    /** The quantity in thousandths, as processors are counted. @throws ArithmeticException with a sentence if it is finer or too large */
    public long thousandths(String unit) {
        return whole(value.movePointRight(3), unit, "finer than 1m, a thousandth of a " + unit);
    }

    private long whole(BigDecimal number, String unit, String finer) {
        if (number.signum() < 0) {
            throw new ArithmeticException("is negative");
        }
        if (number.compareTo(LONG_MAX) > 0) {
            throw new ArithmeticException("is more than a " + unit + " count can hold (2^63 - 1)");
        }
        BigDecimal cut = number.setScale(0, RoundingMode.DOWN);
        if (cut.compareTo(number) != 0) {
            throw new ArithmeticException("is " + finer);
        }
        return cut.longValueExact();
    }

    @Override
    public int compareTo(Quantity other) {
        return value.compareTo(other.value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Quantity quantity && value.compareTo(quantity.value) == 0;
    }

    @Override
    public int hashCode() {
        return value.stripTrailingZeros().hashCode();
    }
}

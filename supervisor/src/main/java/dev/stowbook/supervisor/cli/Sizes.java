package dev.stowbook.supervisor.cli;

/** Sizes as people read them. */
final class Sizes {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Sizes() {}

    /** {@code 64Mi} as bytes; a plain number is bytes already. */
    static long parse(String text) {
        int letters = text.endsWith("i") && text.length() > 2 ? 2 : 0;
        int power = letters == 0 ? 0 : "KMGT".indexOf(text.charAt(text.length() - 2)) + 1;
        String digits = text.substring(0, text.length() - letters);
        if (letters > 0 && power == 0 || !digits.matches("[0-9]{1,9}")) {
            throw Failure.usage("a size is a number of bytes, or such as 512Ki, 64Mi or 2Gi, not '" + text + "'.");
        }
        return Long.parseLong(digits) << 10 * power;
    }

    /** {@code 1536} as {@code 1.5 KiB}. */
    static String of(long bytes) {
        long tenths = Math.max(0, bytes) * 10;
        if (bytes >= Long.MAX_VALUE / 10) {
            tenths = Long.MAX_VALUE;
        }
        int unit = 0;
        while (tenths >= 10_240) {
            tenths = (tenths + 512) / 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : tenths / 10 + "." + tenths % 10 + " " + UNITS[unit];
    }
}

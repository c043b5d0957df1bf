package dev.stowbook.supervisor.cli;

/** Sizes as people read them. */
final class Sizes {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Sizes() {}

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

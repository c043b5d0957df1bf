package dev.stowbook.linux;

/** The processor this JVM runs on, for constants that differ. */
public final class Arch {
    private static final boolean AARCH64 = "aarch64".equals(System.getProperty("os.arch"));

    private Arch() {}

    /** Whether this is aarch64; otherwise it is x86-64. */
    public static boolean isAarch64() {
        return AARCH64;
    }
}

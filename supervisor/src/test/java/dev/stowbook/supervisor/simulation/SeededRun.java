package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.log.codec.EventCodec;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Prints the digest of the bytes that seeds lead to; run in JVMs of their own, which order hashes in ways of their own. */
public final class SeededRun {
    static final int STEPS = 1500;

    private SeededRun() {}

    /** @param seeds one argument each */
    public static void main(String... seeds) throws NoSuchAlgorithmException {
        for (String seed : seeds) {
            System.out.println(seed + " " + digest(Long.parseLong(seed)));
        }
    }

    static String digest(long seed) throws NoSuchAlgorithmException {
        byte[] bytes = new Simulation(seed, SimulationTest.weather(seed), new EventCodec()).run(STEPS);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}

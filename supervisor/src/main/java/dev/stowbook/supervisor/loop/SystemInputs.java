package dev.stowbook.supervisor.loop;

import dev.stowbook.supervisor.decide.DecisionInputs;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;

/** Time and randomness of the machine. Loop thread only. */
public final class SystemInputs implements DecisionInputs {
    private static final int ID_BYTES = 32;

    private final SecureRandom random = new SecureRandom();
    private Instant last;

    /** @param last the time of the log's last entry: the clock may have been set back since, the book's time never is */
    public SystemInputs(Instant last) {
        this.last = last;
    }

    @Override
    public Instant now() {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        if (now.isAfter(last)) {
            last = now;
        }
        return last;
    }

    @Override
    public String newId() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public double jitter() {
        return random.nextDouble();
    }
}

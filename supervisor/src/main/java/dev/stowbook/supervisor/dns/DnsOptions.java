package dev.stowbook.supervisor.dns;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a name server is told.
 *
 * @param port where it listens on each gateway
 * @param resolver the resolv.conf(5) that names the host's servers; read again when it has changed
 * @param upstreamPort where those listen
 * @param patience how long one of them has for an answer before the next is asked, and the first look at that file for its end
 * @param mostQuestions how many questions may wait for an answer from outside
 * @param mostOfOne how many of them from one address
 */
public record DnsOptions(
        int port, Path resolver, int upstreamPort, Duration patience, int mostQuestions, int mostOfOne) {
    private static final int DOMAIN = 53;

    /** What a daemon uses. */
    public static DnsOptions ofDaemon() {
        return new DnsOptions(DOMAIN, Path.of("/etc/resolv.conf"), DOMAIN, Duration.ofSeconds(2), 1024, 128);
    }
}

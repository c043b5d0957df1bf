package dev.stowbook.linux.net;

/**
 * The firewall of one network namespace, through libnftables(3), in the syntax of nft(8). Methods may be called from any thread
 * and exclude each other. Making one costs some 10 ms, a command some 0.2 ms, so one is kept open.
 */
public interface Nftables extends AutoCloseable {

    /**
     * Opens libnftables for the namespace of the calling thread, to which it stays bound.
     *
     * @throws NftablesException naming the package to install if the library is missing
     */
    static Nftables open() throws NftablesException {
        return LibNftables.open();
    }

    /**
     * Runs commands, one a line, as one transaction: all or none take effect.
     *
     * @return what nft(8) would print, ports and protocol priorities as numbers; empty if nothing
     * @throws NftablesException with the library's own message
     */
    String run(String commands) throws NftablesException;

    /** Frees the library's context. Idempotent. */
    @Override
    void close();
}

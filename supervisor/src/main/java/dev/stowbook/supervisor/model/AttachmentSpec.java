package dev.stowbook.supervisor.model;

import java.util.List;
import java.util.Optional;

/**
 * A network that a pod is to be on.
 *
 * @param network its name
 * @param address the IPv4 address to have there; the next free one if empty
 * @param address6 the IPv6 address; the next free one if empty
 * @param aliases further names to have there (RFC 1123 labels)
 * @param macAddress the hardware address of its link: {@code 02:42:00:00:00:01}
 * @param gatewayPriority which of its networks it leaves by: the one with the highest
 */
public record AttachmentSpec(
        String network,
        Optional<String> address,
        Optional<String> address6,
        List<String> aliases,
        Optional<String> macAddress,
        int gatewayPriority) {
    /** The largest gateway priority. */
    public static final int HIGHEST_PRIORITY = 65_535;

    public AttachmentSpec {
        aliases = List.copyOf(aliases);
    }

    /** A network with whatever it gives. */
    public static AttachmentSpec to(String network) {
        return new AttachmentSpec(network, Optional.empty(), Optional.empty(), List.of(), Optional.empty(), 0);
    }
}

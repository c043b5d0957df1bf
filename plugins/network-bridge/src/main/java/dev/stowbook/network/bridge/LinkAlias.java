package dev.stowbook.network.bridge;

import java.util.List;
import java.util.Optional;

/**
 * What a link's alias says about it (IFLA_IFALIAS, at most 255 bytes). The alias is the driver's only memory: it lives and dies with
 * the link, and every instance on the host can read it.
 */
sealed interface LinkAlias {
    String PREFIX = "stowbook:";

    String instance();

    /**
     * The alias of a bridge: {@code stowbook:INSTANCE:network:ID:routed:eth0/eth1}.
     *
     * @param instance whose it is
     * @param networkId the network
     * @param internal whether its members are kept inside
     * @param uplinks links whose forwarding some instance switched on and this network needs
     */
    record Network(String instance, String networkId, boolean internal, List<String> uplinks) implements LinkAlias {
        public Network {
            uplinks = List.copyOf(uplinks);
        }

        static Optional<Network> parse(String alias) {
            String[] parts = alias.split(":", -1);
            if (parts.length != 6 || !alias.startsWith(PREFIX) || !parts[2].equals("network")) {
                return Optional.empty();
            }
            List<String> uplinks = parts[5].isEmpty() ? List.of() : List.of(parts[5].split("/"));
            return Optional.of(new Network(parts[1], parts[3], parts[4].equals("internal"), uplinks));
        }

        @Override
        public String toString() {
            return PREFIX + instance + ":network:" + networkId + ":" + (internal ? "internal" : "routed") + ":"
                    + String.join("/", uplinks);
        }
    }

    /** How far an endpoint is. */
    enum Phase {
        JOINING,
        JOINED,
        LEFT
    }

    /**
     * The alias of an endpoint's host end: {@code stowbook:INSTANCE:endpoint:ID:GENERATION:NETWORK:ADDRESS/PREFIX:PHASE}.
     *
     * @param instance whose it is
     * @param endpointId the endpoint
     * @param generation its generation
     * @param networkId its network
     * @param address its address with prefix length
     * @param phase how far it is
     */
    record Endpoint(String instance, String endpointId, int generation, String networkId, String address, Phase phase)
            implements LinkAlias {

        static Optional<Endpoint> parse(String alias) {
            String[] parts = alias.split(":", -1);
            if (parts.length != 8 || !alias.startsWith(PREFIX) || !parts[2].equals("endpoint")) {
                return Optional.empty();
            }
            try {
                return Optional.of(new Endpoint(
                        parts[1], parts[3], Integer.parseInt(parts[4]), parts[5], parts[6], Phase.valueOf(parts[7])));
            } catch (IllegalArgumentException e) {
                return Optional.empty(); // not written by us
            }
        }

        Endpoint in(Phase next) {
            return new Endpoint(instance, endpointId, generation, networkId, address, next);
        }

        @Override
        public String toString() {
            return PREFIX + instance + ":endpoint:" + endpointId + ":" + generation + ":" + networkId + ":" + address + ":"
                    + phase;
        }
    }
}

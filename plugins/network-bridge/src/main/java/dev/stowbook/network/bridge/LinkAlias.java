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

    /** Whom the members of a network reach. */
    enum Reach {
        /** Each other and the outside. */
        ISOLATED,
        /** Members of other networks of this kind, too. */
        OPEN,
        /** Each other only. */
        INTERNAL
    }

    /**
     * The alias of a bridge: {@code stowbook:INSTANCE:network:ID:ISOLATED:eth0/eth1:all:eth0}.
     *
     * @param instance whose it is
     * @param networkId the network
     * @param reach whom its members reach
     * @param switched settings of the host that some instance changed and this network needs
     */
    record Network(String instance, String networkId, Reach reach, Switched switched) implements LinkAlias {
        private static final int PARTS = 8;

        static Optional<Network> parse(String alias) {
            String[] parts = alias.split(":", -1);
            if (parts.length != PARTS || !alias.startsWith(PREFIX) || !parts[2].equals("network")) {
                return Optional.empty();
            }
            try {
                Switched switched = new Switched(names(parts[5]), names(parts[6]), names(parts[7]));
                return Optional.of(new Network(parts[1], parts[3], Reach.valueOf(parts[4]), switched));
            } catch (IllegalArgumentException e) {
                return Optional.empty(); // not written by us
            }
        }

        boolean internal() {
            return reach == Reach.INTERNAL;
        }

        @Override
        public String toString() {
            return PREFIX + instance + ":network:" + networkId + ":" + reach + ":" + String.join("/", switched.forwarding4()) + ":"
                    + String.join("/", switched.forwarding6()) + ":" + String.join("/", switched.advertisements());
        }

        /** No link's name holds a slash or a colon. */
        private static List<String> names(String joined) {
            return joined.isEmpty() ? List.of() : List.of(joined.split("/"));
        }
    }

    /**
     * Settings of the host that were changed, by the link's name.
     *
     * @param forwarding4 links that forward IPv4 now
     * @param forwarding6 links that forward IPv6 now; {@code all} for the whole host
     * @param advertisements links that take router advertisements although they forward
     */
    record Switched(List<String> forwarding4, List<String> forwarding6, List<String> advertisements) {
        static final Switched NOTHING = new Switched(List.of(), List.of(), List.of());

        public Switched {
            forwarding4 = List.copyOf(forwarding4);
            forwarding6 = List.copyOf(forwarding6);
            advertisements = List.copyOf(advertisements);
        }
    }

    /** How far an endpoint is. */
    enum Phase {
        JOINING,
        JOINED,
        LEFT
    }

    /**
     * The alias of an endpoint's host end: {@code stowbook:INSTANCE:endpoint:ID:GENERATION:NETWORK:ADDRESSES:PHASE}, with addresses as
     * {@code 10.88.0.2/16,fd00-88--2/64}.
     *
     * @param instance whose it is
     * @param endpointId the endpoint
     * @param generation its generation
     * @param networkId its network
     * @param addresses its addresses with prefix length
     * @param phase how far it is
     */
    record Endpoint(
            String instance, String endpointId, int generation, String networkId, List<String> addresses, Phase phase)
            implements LinkAlias {
        private static final int PARTS = 8;

        public Endpoint {
            addresses = List.copyOf(addresses);
        }

        static Optional<Endpoint> parse(String alias) {
            String[] parts = alias.split(":", -1);
            if (parts.length != PARTS || !alias.startsWith(PREFIX) || !parts[2].equals("endpoint")) {
                return Optional.empty();
            }
            try {
                return Optional.of(new Endpoint(
                        parts[1],
                        parts[3],
                        Integer.parseInt(parts[4]),
                        parts[5],
                        List.of(parts[6].replace('-', ':').split(",")),
                        Phase.valueOf(parts[7])));
            } catch (IllegalArgumentException e) {
                return Optional.empty(); // not written by us
            }
        }

        Endpoint in(Phase next) {
            return new Endpoint(instance, endpointId, generation, networkId, addresses, next);
        }

        @Override
        public String toString() {
            return PREFIX + instance + ":endpoint:" + endpointId + ":" + generation + ":" + networkId + ":"
                    + String.join(",", addresses).replace(':', '-') + ":" + phase;
        }
    }
}

package dev.stowbook.network.bridge;

import dev.stowbook.linux.net.NftablesException;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.spi.network.PublishedPort;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The published ports: elements of two maps, one keyed by address, protocol and port, one for all addresses of the host. The
 * endpoint's id is the element's comment. What is remembered here only saves reading: on any doubt the kernel is read again.
 */
final class PublishedPorts {
    static final String ANY = "0.0.0.0";
    private static final Pattern ELEMENT = Pattern.compile(
            "(?:([0-9.]+) \\. )?(tcp|udp) \\. (\\d+) comment \"([^\"]*)\" : ([0-9.]+) \\. (\\d+)");

    private final Ruleset rules;
    private List<PublishedPort> known = List.of();

    PublishedPorts(Ruleset rules) {
        this.rules = rules;
    }

    /** Reads the kernel's elements. */
    synchronized List<PublishedPort> list() throws NftablesException {
        List<PublishedPort> found = new ArrayList<>();
        for (String map : List.of(Ruleset.PUBLISHED, Ruleset.PUBLISHED_ANY)) {
            Matcher matcher = ELEMENT.matcher(rules.elements(map));
            while (matcher.find()) {
                PortMapping port = new PortMapping(
                        Optional.ofNullable(matcher.group(1)).orElse(ANY),
                        Integer.parseInt(matcher.group(3)),
                        Integer.parseInt(matcher.group(6)),
                        PortMapping.Protocol.valueOf(matcher.group(2).toUpperCase(Locale.ROOT)));
                found.add(new PublishedPort(matcher.group(4), matcher.group(5), port));
            }
        }
        found.sort(Comparator.comparing(PublishedPort::toString));
        known = List.copyOf(found);
        return known;
    }

    /** Publishes all of a request or none. */
    synchronized void publish(PublishRequest request) throws NftablesException, DriverException {
        List<PublishedPort> wanted = wanted(request);
        if (!anyConflict(wanted, known)) {
            try {
                create(wanted);
                remember(wanted);
                return;
            } catch (NftablesException e) {
                // Either an element is there, or the kernel refuses for another reason: reading it tells which.
            }
        }
        List<PublishedPort> present = list();
        refuseConflicts(request, wanted, present);
        List<PublishedPort> missing = wanted.stream().filter(port -> !present.contains(port)).toList();
        if (!missing.isEmpty()) {
            create(missing);
            remember(missing);
        }
    }

    /** Withdraws every port of an endpoint; returns those that were there as far as known. */
    synchronized List<PublishedPort> unpublish(String endpointId) throws NftablesException {
        List<PublishedPort> theirs = of(endpointId, known);
        try {
            delete(theirs);
        } catch (NftablesException e) {
            // Somebody else took elements away: what is left is read from the kernel.
            delete(of(endpointId, list()));
        }
        known = known.stream().filter(port -> !port.endpointId().equals(endpointId)).toList();
        return theirs;
    }

    static List<PublishedPort> wanted(PublishRequest request) {
        return request.ports().stream()
                .map(port -> new PublishedPort(request.endpointId(), request.addresses().getFirst(), port))
                .toList();
    }

    private static List<PublishedPort> of(String endpointId, List<PublishedPort> ports) {
        return ports.stream().filter(port -> port.endpointId().equals(endpointId)).toList();
    }

    private void remember(List<PublishedPort> added) {
        List<PublishedPort> all = new ArrayList<>(known);
        all.addAll(added);
        known = List.copyOf(all);
    }

    private void create(List<PublishedPort> ports) throws NftablesException {
        StringBuilder commands = new StringBuilder();
        for (PublishedPort port : ports) {
            commands.append("create element inet T %s { %s comment \"%s\" : %s . %d }\n"
                    .formatted(
                            map(port), key(port), port.endpointId(), port.address(), port.port().containerPort()));
        }
        if (!ports.isEmpty()) {
            rules.run(commands.toString());
        }
    }

    private void delete(List<PublishedPort> ports) throws NftablesException {
        StringBuilder commands = new StringBuilder();
        for (PublishedPort port : ports) {
            commands.append("delete element inet T %s { %s }\n".formatted(map(port), key(port)));
        }
        if (!ports.isEmpty()) {
            rules.run(commands.toString());
        }
    }

    private static void refuseConflicts(PublishRequest request, List<PublishedPort> wanted, List<PublishedPort> present)
            throws DriverException {
        for (PublishedPort port : wanted) {
            for (PublishedPort other : present) {
                if (conflict(port, other)) {
                    throw new DriverException(
                            DriverErrorCode.IN_USE,
                            0,
                            "publish",
                            request.endpointId(),
                            describe(port.port()) + " is published by endpoint " + other.endpointId() + " as "
                                    + describe(other.port()));
                }
            }
        }
    }

    private static boolean anyConflict(List<PublishedPort> wanted, List<PublishedPort> present) {
        return present.stream().anyMatch(other -> wanted.stream().anyMatch(port -> samePort(port, other)));
    }

    /** Whether two mappings claim the same port of an address, and are not one and the same. */
    private static boolean conflict(PublishedPort one, PublishedPort other) {
        return samePort(one, other) && !one.equals(other);
    }

    private static boolean samePort(PublishedPort one, PublishedPort other) {
        PortMapping a = one.port();
        PortMapping b = other.port();
        boolean sameAddress = a.hostAddress().equals(b.hostAddress()) || isAny(a) || isAny(b);
        return a.hostPort() == b.hostPort() && a.protocol() == b.protocol() && sameAddress;
    }

    static boolean isAny(PortMapping port) {
        return port.hostAddress().equals(ANY);
    }

    static String describe(PortMapping port) {
        return port.hostAddress() + ":" + port.hostPort() + "/" + protocol(port);
    }

    private static String map(PublishedPort port) {
        return isAny(port.port()) ? Ruleset.PUBLISHED_ANY : Ruleset.PUBLISHED;
    }

    private static String key(PublishedPort port) {
        String rest = protocol(port.port()) + " . " + port.port().hostPort();
        return isAny(port.port()) ? rest : port.port().hostAddress() + " . " + rest;
    }

    private static String protocol(PortMapping port) {
        return port.protocol().name().toLowerCase(Locale.ROOT);
    }
}

package dev.stowbook.network.bridge;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.IpAddresses;
import dev.stowbook.linux.net.NftablesException;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.spi.network.PublishedPort;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The published ports: elements of two maps of each family, one keyed by address, protocol and port, one for all addresses of the host. The
 * endpoint's id is the element's comment. What is remembered here is what was published; on any doubt the kernel is read.
 */
final class PublishedPorts {
    private static final String ANY4 = "0.0.0.0";
    private static final String ANY6 = "::";
    private static final Pattern ELEMENT = Pattern.compile(
            "(?:([0-9a-f.:]+) \\. )?(tcp|udp) \\. (\\d+) comment \"([^\"]*)\" : ([0-9a-f.:]+) \\. (\\d+)");

    private final Ruleset rules;
    private List<PublishedPort> known = List.of();

    PublishedPorts(Ruleset rules) {
        this.rules = rules;
    }

    /** Whether an endpoint may be published now; asked while nothing can be withdrawn. */
    interface Condition {
        boolean holds() throws LinuxException;
    }

    /** Takes the kernel's elements for what was published: for a driver that has just been opened. */
    synchronized void recall() throws NftablesException {
        known = list();
    }

    /** Reads the kernel's elements. */
    List<PublishedPort> list() throws NftablesException {
        List<PublishedPort> found = new ArrayList<>();
        for (String map : List.of(
                Ruleset.PUBLISHED, Ruleset.PUBLISHED_ANY, Ruleset.PUBLISHED6, Ruleset.PUBLISHED6_ANY)) {
            String any = map.startsWith(Ruleset.PUBLISHED6) ? ANY6 : ANY4;
            Matcher matcher = ELEMENT.matcher(rules.elements(map));
            while (matcher.find()) {
                PortMapping port = new PortMapping(
                        Optional.ofNullable(matcher.group(1)).orElse(any),
                        Integer.parseInt(matcher.group(3)),
                        Integer.parseInt(matcher.group(6)),
                        PortMapping.Protocol.valueOf(matcher.group(2).toUpperCase(Locale.ROOT)));
                found.add(new PublishedPort(matcher.group(4), matcher.group(5), port));
            }
        }
        found.sort(Comparator.comparing(PublishedPort::toString));
        return List.copyOf(found);
    }

    /** What was published and is not there any more. */
    synchronized List<PublishedPort> missing() throws NftablesException {
        List<PublishedPort> present = known.isEmpty() ? List.of() : list();
        return known.stream().filter(port -> !present.contains(port)).toList();
    }

    /** Publishes what is missing of a request, if a condition holds; returns what that was. */
    synchronized List<PublishedPort> restore(List<PublishedPort> wanted, Condition condition)
            throws LinuxException, NftablesException, DriverException {
        List<PublishedPort> present = list();
        List<PublishedPort> missing = wanted.stream().filter(port -> !present.contains(port)).toList();
        if (missing.isEmpty() || !condition.holds()) {
            return List.of();
        }
        refuseConflicts(missing, present);
        create(missing);
        remember(missing);
        return missing;
    }

    /** Publishes all or none. */
    synchronized void publish(List<PublishedPort> wanted) throws NftablesException, DriverException {
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
        refuseConflicts(wanted, present);
        List<PublishedPort> missing = wanted.stream().filter(port -> !present.contains(port)).toList();
        create(missing);
        remember(wanted);
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

    /** The single ports of a request that the kernel translates, with addresses in one form. */
    static List<PublishedPort> wanted(PublishRequest request) throws DriverException {
        List<PublishedPort> wanted = new ArrayList<>();
        for (PortMapping range : request.ports()) {
            Optional<String> address = request.translated(range);
            if (address.isEmpty()) {
                continue;
            }
            String to = IpAddresses.text(Cidr.address(address.get(), "publish", request.endpointId()));
            String from = IpAddresses.text(Cidr.address(range.hostAddress(), "publish", request.endpointId()));
            for (int i = 0; i < range.count(); i++) {
                PortMapping port =
                        new PortMapping(from, range.hostPort() + i, range.containerPort() + i, range.protocol());
                wanted.add(new PublishedPort(request.endpointId(), to, port));
            }
        }
        return wanted;
    }

    private static List<PublishedPort> of(String endpointId, List<PublishedPort> ports) {
        return ports.stream().filter(port -> port.endpointId().equals(endpointId)).toList();
    }

    private void remember(List<PublishedPort> added) {
        Set<PublishedPort> all = new LinkedHashSet<>(known);
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

    private static void refuseConflicts(List<PublishedPort> wanted, List<PublishedPort> present) throws DriverException {
        for (PublishedPort port : wanted) {
            for (PublishedPort other : present) {
                if (conflict(port, other)) {
                    throw new DriverException(
                            DriverErrorCode.IN_USE,
                            0,
                            "publish",
                            port.endpointId(),
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
        boolean sameAddress = a.hostAddress().equals(b.hostAddress()) || a.ipv6() == b.ipv6() && (isAny(a) || isAny(b));
        return a.hostPort() == b.hostPort() && a.protocol() == b.protocol() && sameAddress;
    }

    static boolean isAny(PortMapping port) {
        return port.hostAddress().equals(ANY4) || port.hostAddress().equals(ANY6);
    }

    static String describe(PortMapping port) {
        String address = port.ipv6() ? "[" + port.hostAddress() + "]" : port.hostAddress();
        String last = port.count() == 1 ? "" : "-" + (port.hostPort() + port.count() - 1);
        return address + ":" + port.hostPort() + last + "/" + protocol(port);
    }

    private static String map(PublishedPort port) {
        if (port.port().ipv6()) {
            return isAny(port.port()) ? Ruleset.PUBLISHED6_ANY : Ruleset.PUBLISHED6;
        }
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

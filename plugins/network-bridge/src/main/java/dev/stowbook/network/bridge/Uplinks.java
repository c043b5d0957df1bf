package dev.stowbook.network.bridge;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.Link;
import dev.stowbook.linux.net.LinkRequest;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.NftablesException;
import dev.stowbook.linux.net.Route;
import dev.stowbook.spi.DriverException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Forwarding of the host's own links, switched on for as long as a network needs it. Which link was switched on stands in the aliases
 * of the bridges that need it, of all instances: so it is known after any crash, is gone after a reboot as the setting is, and two
 * daemons don't switch it off under each other.
 */
final class Uplinks {
    private final Netlink host;
    private final Ruleset rules;

    Uplinks(Netlink host, Ruleset rules) {
        this.host = host;
        this.rules = rules;
    }

    /** Names of the links that IPv4 default routes leave by. */
    List<String> ofDefaultRoutes() throws LinuxException {
        List<Integer> indices = host.routes().stream()
                .filter(route -> route.table() == Route.TABLE_MAIN && route.destination().isEmpty())
                .filter(route -> route.gateway().map(gateway -> gateway.getAddress().length == 4).orElse(true))
                .flatMap(route -> route.linkIndex().stream().boxed())
                .distinct()
                .toList();
        return host.links().stream()
                .filter(link -> indices.contains(link.index()) && !link.loopback())
                .map(Link::name)
                .toList();
    }

    /** Sees to it that a network can forward to and from these links. Idempotent. */
    void need(Link bridge, LinkAlias.Network alias, List<String> links)
            throws LinuxException, NftablesException, DriverException {
        List<String> recorded = new ArrayList<>(alias.uplinks());
        List<LinkAlias.Network> networks = networks(host.links());
        for (String link : links) {
            boolean switchedOn = networks.stream().anyMatch(network -> network.uplinks().contains(link));
            if (!recorded.contains(link) && (switchedOn || !LinkSettings.isOn(link, LinkSettings.FORWARDING))) {
                recorded.add(link);
            }
        }
        LinkAlias.Network next =
                new LinkAlias.Network(alias.instance(), alias.networkId(), alias.internal(), recorded);
        if (!next.toString().equals(bridge.alias())) {
            // Written before the setting: a crash between the two leaves a record too many, which does no harm.
            host.apply(new LinkRequest.ChangeLink(
                    bridge.index(), Optional.empty(), OptionalInt.empty(), Optional.of(next.toString())));
        }
        for (String link : recorded) {
            rules.guard(link);
            LinkSettings.set(link, LinkSettings.FORWARDING, true);
        }
    }

    /** Switches off what this network was the last to need. */
    void release(LinkAlias.Network alias) throws LinuxException, NftablesException, DriverException {
        List<LinkAlias.Network> others = networks(host.links()).stream()
                .filter(network -> !network.networkId().equals(alias.networkId())
                        || !network.instance().equals(alias.instance()))
                .toList();
        for (String link : alias.uplinks()) {
            if (others.stream().noneMatch(network -> network.uplinks().contains(link))
                    && LinkSettings.isOn(link, LinkSettings.FORWARDING)) {
                LinkSettings.set(link, LinkSettings.FORWARDING, false);
            }
            boolean oursNeedIt = others.stream()
                    .anyMatch(network -> network.instance().equals(alias.instance()) && network.uplinks().contains(link));
            if (!oursNeedIt) {
                rules.unguard(link);
            }
        }
    }

    private static List<LinkAlias.Network> networks(List<Link> links) {
        return links.stream()
                .flatMap(link -> LinkAlias.Network.parse(link.alias()).stream())
                .toList();
    }
}

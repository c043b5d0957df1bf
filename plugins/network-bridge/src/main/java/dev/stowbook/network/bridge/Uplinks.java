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
import java.util.Set;
import java.util.function.Function;

/**
 * Forwarding by the host's own links, switched on for as long as a network needs it. Which link was switched on stands in the aliases
 * of the bridges that need it, of all instances: so it is known after any crash, is gone after a reboot as the setting is, and two
 * daemons don't switch it off under each other.
 *
 * <p>IPv6 can be forwarded link by link only since Linux 6.17. Before, it is a matter of the whole host: then that is switched, and each link
 * that hears router advertisements is told to go on doing so, as the kernel would stop it (docs/adr/0150).
 */
final class Uplinks {
    private final Netlink host;
    private final Ruleset rules;
    private final boolean linkByLink;

    /** @param linkByLink whether IPv6 is forwarded link by link */
    Uplinks(Netlink host, Ruleset rules, boolean linkByLink) {
        this.host = host;
        this.rules = rules;
        this.linkByLink = linkByLink;
    }

    /** Names of the links that default routes of a family leave by. */
    List<String> ofDefaultRoutes(boolean ipv6) throws LinuxException {
        List<Route> defaults = host.routes().stream()
                .filter(route -> route.table() == Route.TABLE_MAIN && route.destination().isEmpty())
                .filter(route -> route.ipv6() == ipv6)
                .toList();
        return host.links().stream()
                .filter(link -> !link.loopback()
                        && defaults.stream().anyMatch(route -> route.linkIndex().equals(OptionalInt.of(link.index()))))
                .map(Link::name)
                .toList();
    }

    /** Sees to it that packets that come in by these links are forwarded, and by the bridge itself. Idempotent. */
    void need(Link bridge, LinkAlias.Network alias, List<String> links, boolean ipv6)
            throws LinuxException, NftablesException, DriverException {
        LinkAlias.Switched before = alias.switched();
        LinkAlias.Switched next = before;
        if (!ipv6) {
            next = new LinkAlias.Switched(
                    added(before.forwarding4(), links, LinkSetting.FORWARDING4, rules.names(Ruleset.GUARDED), LinkAlias.Switched::forwarding4),
                    before.forwarding6(),
                    before.advertisements());
        } else if (linkByLink) {
            next = new LinkAlias.Switched(
                    before.forwarding4(),
                    added(before.forwarding6(), links, LinkSetting.FORCE_FORWARDING6, rules.names(Ruleset.GUARDED6), LinkAlias.Switched::forwarding6),
                    before.advertisements());
        } else {
            List<String> all = List.of(LinkSetting.ALL);
            next = new LinkAlias.Switched(
                    before.forwarding4(),
                    added(before.forwarding6(), all, LinkSetting.FORWARDING6, rules.routed(), LinkAlias.Switched::forwarding6),
                    added(before.advertisements(), hearing(), LinkSetting.ADVERTISEMENTS_OF_ROUTER, Set.of(), LinkAlias.Switched::advertisements));
        }
        record(bridge, new LinkAlias.Network(alias.instance(), alias.networkId(), alias.reach(), next));
        switchOn(next);
        if (!ipv6 || linkByLink) {
            forwarding(ipv6).set(bridge.name(), true);
        }
    }

    /** Whether a bridge and everything its alias says was switched on is on. */
    boolean isForwarding(String bridge, LinkAlias.Switched switched, boolean ipv6) throws DriverException {
        List<String> links = new ArrayList<>(ipv6 ? switched.forwarding6() : switched.forwarding4());
        links.add(ipv6 && !linkByLink ? LinkSetting.ALL : bridge);
        for (String link : links) {
            if (!(link.equals(LinkSetting.ALL) ? LinkSetting.FORWARDING6 : forwarding(ipv6)).isOn(link)) {
                return false;
            }
        }
        return true;
    }

    private static LinkSetting forwarding(boolean ipv6) {
        return ipv6 ? LinkSetting.FORCE_FORWARDING6 : LinkSetting.FORWARDING4;
    }

    /** The links of the host that would no longer take router advertisements if it became a router, and those that it did so for. */
    private List<String> hearing() throws LinuxException, DriverException {
        List<Link> links = host.links();
        List<String> names = new ArrayList<>(needed(networks(links), LinkAlias.Switched::advertisements));
        for (Link link : links) {
            if (!link.loopback() && !link.name().startsWith(KernelNames.BRIDGE_PREFIX) && !link.name().startsWith(KernelNames.VETH_PREFIX)
                    && LinkSetting.FORWARDING6.isOff(link.name())) {
                names.add(link.name());
            }
        }
        return names;
    }

    /**
     * What is recorded already, and those of the links that are off, or that a network of any instance had switched on: also one whose bridge,
     * with its record, somebody else has removed, as our rules tell.
     */
    private List<String> added(
            List<String> recorded,
            List<String> links,
            LinkSetting setting,
            Set<String> guarded,
            Function<LinkAlias.Switched, List<String>> part)
            throws LinuxException, DriverException {
        List<String> all = new ArrayList<>(recorded);
        List<LinkAlias.Network> networks = networks(host.links());
        for (String link : links) {
            boolean ours = guarded.contains(link)
                    || networks.stream().anyMatch(network -> part.apply(network.switched()).contains(link));
            if (!all.contains(link) && (ours || setting.isOff(link))) {
                all.add(link);
            }
        }
        return all;
    }

    /** Written before the setting: a crash between the two leaves a record too many, which does no harm. */
    private void record(Link bridge, LinkAlias.Network next) throws LinuxException {
        Optional<String> alias = Optional.of(next.toString());
        if (host.link(bridge.name()).map(Link::alias).equals(alias)) {
            return;
        }
        host.apply(new LinkRequest.ChangeLink(bridge.index(), Optional.empty(), OptionalInt.empty(), alias));
    }

    private void switchOn(LinkAlias.Switched switched) throws NftablesException, DriverException {
        rules.guard(switched);
        for (String link : switched.forwarding4()) {
            LinkSetting.FORWARDING4.set(link, true);
        }
        for (String link : switched.advertisements()) {
            if (LinkSetting.ADVERTISEMENTS_OF_ROUTER.isOff(link)) {
                LinkSetting.ADVERTISEMENTS_OF_ROUTER.set(link, true);
            }
        }
        for (String link : switched.forwarding6()) {
            (link.equals(LinkSetting.ALL) ? LinkSetting.FORWARDING6 : LinkSetting.FORCE_FORWARDING6).set(link, true);
        }
    }

    /** Switches off what this network was the last to need. */
    void release(LinkAlias.Network alias) throws LinuxException, NftablesException, DriverException {
        List<LinkAlias.Network> others = networks(host.links()).stream()
                .filter(network -> !network.networkId().equals(alias.networkId())
                        || !network.instance().equals(alias.instance()))
                .toList();
        switchOff(LinkSetting.FORWARDING4, alias.switched().forwarding4(), needed(others, LinkAlias.Switched::forwarding4));
        for (String link : alias.switched().forwarding6()) {
            LinkSetting setting = link.equals(LinkSetting.ALL) ? LinkSetting.FORWARDING6 : LinkSetting.FORCE_FORWARDING6;
            switchOff(setting, List.of(link), needed(others, LinkAlias.Switched::forwarding6));
        }
        switchOff(
                LinkSetting.ADVERTISEMENTS_OF_ROUTER,
                alias.switched().advertisements(),
                needed(others, LinkAlias.Switched::advertisements));
        List<LinkAlias.Network> ours =
                others.stream().filter(network -> network.instance().equals(alias.instance())).toList();
        rules.unguard(new LinkAlias.Switched(
                without(alias.switched().forwarding4(), needed(ours, LinkAlias.Switched::forwarding4)),
                without(alias.switched().forwarding6(), needed(ours, LinkAlias.Switched::forwarding6)),
                List.of()));
    }

    private static void switchOff(LinkSetting setting, List<String> links, List<String> needed) throws DriverException {
        for (String link : without(links, needed)) {
            if (setting.isOn(link)) {
                setting.set(link, false);
            }
        }
    }

    private static List<String> needed(List<LinkAlias.Network> networks, Function<LinkAlias.Switched, List<String>> part) {
        return networks.stream().flatMap(network -> part.apply(network.switched()).stream()).toList();
    }

    private static List<String> without(List<String> links, List<String> needed) {
        return links.stream().filter(link -> !needed.contains(link)).toList();
    }

    private static List<LinkAlias.Network> networks(List<Link> links) {
        return links.stream()
                .flatMap(link -> LinkAlias.Network.parse(link.alias()).stream())
                .toList();
    }
}

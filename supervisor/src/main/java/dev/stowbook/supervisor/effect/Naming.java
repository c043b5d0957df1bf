package dev.stowbook.supervisor.effect;

import dev.stowbook.supervisor.model.DnsSpec;
import dev.stowbook.supervisor.model.HostAlias;
import dev.stowbook.supervisor.model.NetworkMode;
import java.util.List;

/**
 * What a container's hostname(5), hosts(5) and resolv.conf(5) say.
 *
 * @param hostname its host name
 * @param addresses its own, without prefix lengths
 * @param aliases further lines of hosts
 * @param mode whose network namespace it is in
 * @param servers our own name servers that it can reach, best first
 * @param dns what was asked for
 */
public record Naming(
        String hostname,
        List<String> addresses,
        List<HostAlias> aliases,
        NetworkMode mode,
        List<String> servers,
        DnsSpec dns) {
    public Naming {
        addresses = List.copyOf(addresses);
        aliases = List.copyOf(aliases);
        servers = List.copyOf(servers);
    }

    /** With another host name. */
    public Naming withHostname(String value) {
        return new Naming(value, addresses, aliases, mode, servers, dns);
    }
}

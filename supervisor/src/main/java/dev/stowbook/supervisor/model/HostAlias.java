package dev.stowbook.supervisor.model;

import java.util.List;

/**
 * A line of hosts(5).
 *
 * @param address IPv4 or IPv6
 * @param names what it is called
 */
public record HostAlias(String address, List<String> names) {
    public HostAlias {
        names = List.copyOf(names);
    }
}

package dev.stowbook.network.bridge;

import dev.stowbook.linux.net.Nftables;
import dev.stowbook.linux.net.NftablesException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one nftables table of an instance (nft(8)). Rules never change; networks and published ports are elements of its sets and
 * maps, so each comes and goes in one small transaction.
 *
 * <p>An accept here can't overrule a drop in somebody else's table; a host with a forward policy of drop must let
 * {@code sbkb*} pass there too.
 */
final class Ruleset {
    /** Sets with one element per bridge, named by the link. */
    static final String BRIDGES = "bridges";

    static final String INTERNAL = "internal";
    static final String PAIRS = "pairs";
    /** Links whose forwarding we switched on. */
    static final String GUARDED = "guarded";
    /** Subnets of networks, with the network's id as comment. */
    static final String SUBNETS = "subnets";

    static final String PUBLISHED = "published";
    static final String PUBLISHED_ANY = "published_any";

    private static final String OBJECTS = """
            add table inet T
            add set inet T bridges { type ifname; }
            add set inet T internal { type ifname; }
            add set inet T pairs { type ifname . ifname; }
            add set inet T guarded { type ifname; }
            add set inet T subnets { type ipv4_addr; flags interval; }
            add map inet T published { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
            add map inet T published_any { type inet_proto . inet_service : ipv4_addr . inet_service; }
            add chain inet T raw { type filter hook prerouting priority raw; policy accept; }
            add chain inet T prerouting { type nat hook prerouting priority dstnat; policy accept; }
            add chain inet T output { type nat hook output priority -100; policy accept; }
            add chain inet T postrouting { type nat hook postrouting priority srcnat; policy accept; }
            add chain inet T forward { type filter hook forward priority filter; policy accept; }
            """;

    /*
     * raw: route_localnet on our bridges must not open the host's own loopback services to containers (CVE-2020-8558).
     * prerouting: whoever sends to 127.0.0.1 over the wire must not get to a port published there only.
     * forward, first rule: a link whose forwarding we switched on must not become a way through this host for anybody else;
     * what another engine translates, or lets answer, passes.
     */
    private static final String RULES = """
            add rule inet T raw iifname @bridges ip daddr 127.0.0.0/8 drop
            add rule inet T prerouting ip daddr 127.0.0.0/8 return
            add rule inet T prerouting meta l4proto { tcp, udp } dnat ip to ip daddr . meta l4proto . th dport map @published
            add rule inet T prerouting meta l4proto { tcp, udp } fib daddr type local dnat ip to meta l4proto . th dport map @published_any
            add rule inet T output meta l4proto { tcp, udp } dnat ip to ip daddr . meta l4proto . th dport map @published
            add rule inet T output meta l4proto { tcp, udp } fib daddr type local dnat ip to meta l4proto . th dport map @published_any
            add rule inet T postrouting ip saddr 127.0.0.0/8 oifname @bridges masquerade
            add rule inet T postrouting ip saddr @subnets oifname @bridges ct status dnat masquerade
            add rule inet T postrouting ip saddr @subnets oifname != @bridges masquerade
            add rule inet T forward iifname @guarded oifname != "sbkb*" ct state new ct status & dnat == 0x0 drop
            add rule inet T forward iifname . oifname @pairs accept
            add rule inet T forward iifname @internal reject with icmpx type admin-prohibited
            add rule inet T forward oifname @bridges ct state established,related accept
            add rule inet T forward oifname @bridges ct status dnat accept
            add rule inet T forward iifname @bridges oifname "sbkb*" reject with icmpx type admin-prohibited
            add rule inet T forward oifname @bridges drop
            add rule inet T forward iifname @bridges accept
            """;

    private static final List<String> CHAINS = List.of("raw", "prerouting", "output", "postrouting", "forward");
    private static final Pattern QUOTED = Pattern.compile("\"([^\"]*)\"");
    private static final Pattern SUBNET = Pattern.compile("([0-9./]+) comment \"([^\"]*)\"");

    private final Nftables nft;
    private final String table;

    Ruleset(Nftables nft, String table) {
        this.nft = nft;
        this.table = table;
    }

    /** Makes the table, or makes its rules as they should be; elements stay. */
    void ensure() throws NftablesException {
        StringBuilder commands = new StringBuilder(OBJECTS);
        CHAINS.forEach(chain -> commands.append("flush chain inet T ").append(chain).append('\n'));
        run(commands.append(RULES).toString());
    }

    /** Whether every chain has its rules. */
    boolean isWhole() throws NftablesException {
        String listed = exists() ? run("list table inet T") : "";
        return CHAINS.stream().allMatch(chain -> rulesListed(listed, chain) == rulesWanted(chain));
    }

    boolean exists() throws NftablesException {
        return nft.run("list tables inet").lines().anyMatch(line -> line.strip().equals("table inet " + table));
    }

    /** Removes the table and everything in it. Absent is success. */
    void delete() throws NftablesException {
        run("add table inet T\ndelete table inet T");
    }

    void addNetwork(String bridge, String subnet, String networkId, boolean internal) throws NftablesException {
        StringBuilder commands = new StringBuilder();
        add(commands, BRIDGES, "\"" + bridge + "\"");
        add(commands, PAIRS, "\"" + bridge + "\" . \"" + bridge + "\"");
        if (internal) {
            add(commands, INTERNAL, "\"" + bridge + "\"");
        }
        if (!subnets(networkId).contains(subnet)) {
            add(commands, SUBNETS, subnet + " comment \"" + networkId + "\"");
        }
        run(commands.toString());
    }

    /** Removes a network's elements, those that are there. */
    void removeNetwork(String bridge, String networkId) throws NftablesException {
        StringBuilder commands = new StringBuilder();
        for (String set : List.of(BRIDGES, INTERNAL)) {
            if (names(set).contains(bridge)) {
                delete(commands, set, "\"" + bridge + "\"");
            }
        }
        if (names(PAIRS).contains(bridge)) {
            delete(commands, PAIRS, "\"" + bridge + "\" . \"" + bridge + "\"");
        }
        for (String subnet : subnets(networkId)) {
            delete(commands, SUBNETS, subnet);
        }
        if (!commands.isEmpty()) {
            run(commands.toString());
        }
    }

    void guard(String link) throws NftablesException {
        StringBuilder commands = new StringBuilder();
        add(commands, GUARDED, "\"" + link + "\"");
        run(commands.toString());
    }

    void unguard(String link) throws NftablesException {
        if (names(GUARDED).contains(link)) {
            StringBuilder commands = new StringBuilder();
            delete(commands, GUARDED, "\"" + link + "\"");
            run(commands.toString());
        }
    }

    /** The link names in a set; empty without a table. */
    Set<String> names(String set) throws NftablesException {
        Set<String> names = new TreeSet<>();
        Matcher matcher = QUOTED.matcher(elements(set));
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    /** The subnets of a network. */
    List<String> subnets(String networkId) throws NftablesException {
        List<String> subnets = new ArrayList<>();
        Matcher matcher = SUBNET.matcher(elements(SUBNETS));
        while (matcher.find()) {
            if (matcher.group(2).equals(networkId)) {
                subnets.add(matcher.group(1));
            }
        }
        return subnets;
    }

    /** What nft(8) prints between the braces of {@code elements}; empty without a table. */
    String elements(String set) throws NftablesException {
        if (!exists()) {
            return "";
        }
        String kind = set.startsWith(PUBLISHED) ? "map" : "set";
        String listed = run("list " + kind + " inet T " + set);
        int from = listed.indexOf("elements = {");
        return from < 0 ? "" : listed.substring(from, listed.indexOf('}', from));
    }

    /** Runs commands in which {@code inet T} stands for our table. */
    String run(String commands) throws NftablesException {
        return nft.run(commands.replace("inet T", "inet " + table));
    }

    private static void add(StringBuilder commands, String set, String element) {
        commands.append("add element inet T ").append(set).append(" { ").append(element).append(" }\n");
    }

    private static void delete(StringBuilder commands, String set, String element) {
        commands.append("delete element inet T ").append(set).append(" { ").append(element).append(" }\n");
    }

    private static long rulesWanted(String chain) {
        return RULES.lines().filter(line -> line.startsWith("add rule inet T " + chain + " ")).count();
    }

    /** The lines of a chain in a listed table, less its head {@code type ... hook ...}. */
    private static long rulesListed(String listed, String chain) {
        int from = listed.indexOf("chain " + chain + " {");
        if (from < 0) {
            return -1;
        }
        String body = listed.substring(from, listed.indexOf("\n\t}", from));
        return body.lines().skip(1).filter(line -> !line.isBlank() && !line.strip().startsWith("type ")).count();
    }
}

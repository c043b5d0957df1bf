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
    static final String OPEN = "open";
    static final String PAIRS = "pairs";
    /** Links whose forwarding we switched on. */
    static final String GUARDED = "guarded";

    static final String GUARDED6 = "guarded6";
    /** Families that we made the whole host forward. */
    static final String ROUTED = "routed";
    /** Subnets of networks, with the network's id as comment. */
    static final String SUBNETS = "subnets";

    static final String SUBNETS6 = "subnets6";

    static final String PUBLISHED = "published";
    static final String PUBLISHED_ANY = "published_any";
    static final String PUBLISHED6 = "published6";
    static final String PUBLISHED6_ANY = "published6_any";

    private static final List<String> CHAINS = List.of("raw", "prerouting", "output", "postrouting", "forward");
    private static final Pattern QUOTED = Pattern.compile("\"([^\"]*)\"");
    private static final Pattern SUBNET = Pattern.compile("([0-9a-f.:/]+) comment \"([^\"]*)\"");

    private final Nftables nft;
    private final String table;
    /** The chains as they were listed when they had just been made; empty before. */
    private volatile String made = "";

    Ruleset(Nftables nft, String table) {
        this.nft = nft;
        this.table = table;
    }

    /** Makes the table, or makes its rules as they should be; elements stay. */
    void ensure() throws NftablesException {
        StringBuilder commands = new StringBuilder(RulesetText.OBJECTS);
        CHAINS.forEach(chain -> commands.append("flush chain inet T ").append(chain).append('\n'));
        run(commands.append(RulesetText.RULES).toString());
        made = chains(run("list table inet T"));
    }

    /** Whether every chain has its rules. A driver that did not make them itself counts them. */
    boolean isWhole() throws NftablesException {
        String listed = exists() ? run("list table inet T") : "";
        return made.isEmpty()
                ? CHAINS.stream().allMatch(chain -> rulesListed(listed, chain) == rulesWanted(chain))
                : chains(listed).equals(made);
    }

    boolean exists() throws NftablesException {
        return nft.run("list tables inet").lines().anyMatch(line -> line.strip().equals("table inet " + table));
    }

    /** Removes the table and everything in it. Absent is success. */
    void delete() throws NftablesException {
        run("add table inet T\ndelete table inet T");
        made = "";
    }

    void addNetwork(String bridge, List<String> subnets, String networkId, LinkAlias.Reach reach) throws NftablesException {
        StringBuilder commands = new StringBuilder();
        add(commands, BRIDGES, quoted(bridge));
        add(commands, PAIRS, quoted(bridge) + " . " + quoted(bridge));
        switch (reach) {
            case ISOLATED -> {}
            case OPEN -> add(commands, OPEN, quoted(bridge));
            case INTERNAL -> add(commands, INTERNAL, quoted(bridge));
        }
        List<String> present = subnets(networkId);
        for (String subnet : subnets) {
            if (!present.contains(subnet)) {
                add(commands, subnetsOf(subnet), subnet + " comment " + quoted(networkId));
            }
        }
        run(commands.toString());
    }

    /** Whether a network's elements are all there. */
    boolean hasNetwork(String bridge, List<String> subnets, String networkId, LinkAlias.Reach reach) throws NftablesException {
        return names(BRIDGES).contains(bridge)
                && names(PAIRS).contains(bridge)
                && Set.copyOf(subnets(networkId)).equals(Set.copyOf(subnets))
                && names(INTERNAL).contains(bridge) == (reach == LinkAlias.Reach.INTERNAL)
                && names(OPEN).contains(bridge) == (reach == LinkAlias.Reach.OPEN);
    }

    /** Removes a network's elements, those that are there. */
    void removeNetwork(String bridge, String networkId) throws NftablesException {
        StringBuilder commands = new StringBuilder();
        for (String set : List.of(BRIDGES, INTERNAL, OPEN)) {
            if (names(set).contains(bridge)) {
                delete(commands, set, quoted(bridge));
            }
        }
        if (names(PAIRS).contains(bridge)) {
            delete(commands, PAIRS, quoted(bridge) + " . " + quoted(bridge));
        }
        for (String subnet : subnets(networkId)) {
            delete(commands, subnetsOf(subnet), subnet);
        }
        if (!commands.isEmpty()) {
            run(commands.toString());
        }
    }

    void guard(LinkAlias.Switched switched) throws NftablesException {
        StringBuilder commands = new StringBuilder();
        switched.forwarding4().forEach(link -> add(commands, GUARDED, quoted(link)));
        for (String link : switched.forwarding6()) {
            boolean all = link.equals(LinkSetting.ALL);
            add(commands, all ? ROUTED : GUARDED6, all ? "ipv6" : quoted(link));
        }
        if (!commands.isEmpty()) {
            run(commands.toString());
        }
    }

    boolean isGuarded(LinkAlias.Switched switched) throws NftablesException {
        List<String> links = switched.forwarding6().stream().filter(link -> !link.equals(LinkSetting.ALL)).toList();
        return names(GUARDED).containsAll(switched.forwarding4())
                && names(GUARDED6).containsAll(links)
                && (links.size() == switched.forwarding6().size() || !routed().isEmpty());
    }

    /** {@code all} if our rules say that we made the whole host forward IPv6. */
    Set<String> routed() throws NftablesException {
        return elements(ROUTED).contains("ipv6") ? Set.of(LinkSetting.ALL) : Set.of();
    }

    void unguard(LinkAlias.Switched switched) throws NftablesException {
        StringBuilder commands = new StringBuilder();
        for (String link : switched.forwarding4()) {
            if (names(GUARDED).contains(link)) {
                delete(commands, GUARDED, quoted(link));
            }
        }
        for (String link : switched.forwarding6()) {
            if (names(GUARDED6).contains(link)) {
                delete(commands, GUARDED6, quoted(link));
            }
        }
        if (switched.forwarding6().contains(LinkSetting.ALL) && !routed().isEmpty()) {
            delete(commands, ROUTED, "ipv6");
        }
        if (!commands.isEmpty()) {
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

    /** The subnets of a network, of both families. */
    List<String> subnets(String networkId) throws NftablesException {
        List<String> subnets = new ArrayList<>();
        Matcher matcher = SUBNET.matcher(elements(SUBNETS) + elements(SUBNETS6));
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

    /** What stands in the way of what is forwarded, as the end of a sentence. */
    String foreignHint() throws NftablesException {
        return ForeignFirewalls.hint(nft);
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

    private static String quoted(String text) {
        return "\"" + text + "\"";
    }

    private static String subnetsOf(String subnet) {
        return subnet.indexOf(':') < 0 ? SUBNETS : SUBNETS6;
    }

    private static String chains(String listed) {
        int from = listed.indexOf("\tchain ");
        return from < 0 ? "" : listed.substring(from);
    }

    private static long rulesWanted(String chain) {
        return RulesetText.RULES.lines().filter(line -> line.startsWith("add rule inet T " + chain + " ")).count();
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

package dev.stowbook.network.bridge;

import dev.stowbook.linux.net.Nftables;
import dev.stowbook.linux.net.NftablesException;
import java.util.ArrayList;
import java.util.List;

/**
 * Firewalls of others that drop what is forwarded. An accept of ours can't overrule a drop of theirs, as every chain has its say (nft(8)). Only
 * policies are seen; rules that drop are not searched for, nor tables of iptables-legacy.
 */
final class ForeignFirewalls {
    private ForeignFirewalls() {}

    /** The tables, {@code ip filter}, whose forward chain has the policy drop; ours has none. */
    static List<String> droppingForwards(Nftables nft) throws NftablesException {
        List<String> tables = new ArrayList<>();
        String table = "";
        for (String line : nft.run("list chains").lines().map(String::strip).toList()) {
            if (line.startsWith("table ")) {
                table = line.substring("table ".length(), line.length() - " {".length());
            } else if (line.contains("hook forward ") && line.contains("policy drop")) {
                tables.add(table);
            }
        }
        return tables;
    }

    /** What to do about them, as the end of a sentence; empty if there are none. */
    static String hint(Nftables nft) throws NftablesException {
        List<String> tables = droppingForwards(nft);
        if (tables.isEmpty()) {
            return "";
        }
        String chain = "table " + String.join(" and table ", tables);
        return "; but " + chain + " of another program drops forwarded packets by policy: let what comes in or goes out by sbkb* pass there";
    }
}

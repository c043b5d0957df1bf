package dev.stowbook.network.bridge;

/** The text of an instance's table (nft(8)), in which {@code inet T} stands for it. */
final class RulesetText {
    static final String OBJECTS = """
            add table inet T
            add set inet T bridges { type ifname; }
            add set inet T internal { type ifname; }
            add set inet T open { type ifname; }
            add set inet T pairs { type ifname . ifname; }
            add set inet T guarded { type ifname; }
            add set inet T guarded6 { type ifname; }
            add set inet T routed { type nf_proto; }
            add set inet T subnets { type ipv4_addr; flags interval; }
            add set inet T subnets6 { type ipv6_addr; flags interval; }
            add map inet T published { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
            add map inet T published_any { type inet_proto . inet_service : ipv4_addr . inet_service; }
            add map inet T published6 { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }
            add map inet T published6_any { type inet_proto . inet_service : ipv6_addr . inet_service; }
            add chain inet T raw { type filter hook prerouting priority raw; policy accept; }
            add chain inet T prerouting { type nat hook prerouting priority dstnat; policy accept; }
            add chain inet T output { type nat hook output priority -100; policy accept; }
            add chain inet T postrouting { type nat hook postrouting priority srcnat; policy accept; }
            add chain inet T forward { type filter hook forward priority filter; policy accept; }
            """;

    /*
     * raw: route_localnet on our bridges must not open the host's own loopback services to containers (CVE-2020-8558). The kernel itself
     * drops ::1 from any wire.
     * prerouting: whoever sends to 127.0.0.1 over the wire must not get to a port published there only.
     * output: what is sent to ::1 can't leave the loopback link, so that a process serves it.
     * forward, first rules: a link whose forwarding we switched on must not become a way through this host for anybody else;
     * what another engine translates, or lets answer, passes.
     */
    static final String RULES = """
            add rule inet T raw iifname @bridges ip daddr 127.0.0.0/8 drop
            add rule inet T prerouting ip daddr 127.0.0.0/8 return
            add rule inet T prerouting meta l4proto { tcp, udp } dnat ip to ip daddr . meta l4proto . th dport map @published
            add rule inet T prerouting meta l4proto { tcp, udp } dnat ip6 to ip6 daddr . meta l4proto . th dport map @published6
            add rule inet T prerouting meta nfproto ipv4 meta l4proto { tcp, udp } fib daddr type local dnat ip to meta l4proto . th dport map @published_any
            add rule inet T prerouting meta nfproto ipv6 meta l4proto { tcp, udp } fib daddr type local dnat ip6 to meta l4proto . th dport map @published6_any
            add rule inet T output ip6 daddr ::1 return
            add rule inet T output meta l4proto { tcp, udp } dnat ip to ip daddr . meta l4proto . th dport map @published
            add rule inet T output meta l4proto { tcp, udp } dnat ip6 to ip6 daddr . meta l4proto . th dport map @published6
            add rule inet T output meta nfproto ipv4 meta l4proto { tcp, udp } fib daddr type local dnat ip to meta l4proto . th dport map @published_any
            add rule inet T output meta nfproto ipv6 meta l4proto { tcp, udp } fib daddr type local dnat ip6 to meta l4proto . th dport map @published6_any
            add rule inet T postrouting ip saddr 127.0.0.0/8 oifname @bridges masquerade
            add rule inet T postrouting ip saddr @subnets oifname @bridges ct status dnat masquerade
            add rule inet T postrouting ip6 saddr @subnets6 oifname @bridges ct status dnat masquerade
            add rule inet T postrouting ip saddr @subnets oifname != @bridges masquerade
            add rule inet T postrouting ip6 saddr @subnets6 oifname != @bridges masquerade
            add rule inet T forward meta nfproto ipv4 iifname @guarded oifname != "sbkb*" ct state new ct status & dnat == 0x0 drop
            add rule inet T forward meta nfproto ipv6 iifname @guarded6 oifname != "sbkb*" ct state new ct status & dnat == 0x0 drop
            add rule inet T forward meta nfproto @routed iifname != "sbkb*" oifname != "sbkb*" ct state new ct status & dnat == 0x0 drop
            add rule inet T forward iifname . oifname @pairs accept
            add rule inet T forward iifname @internal reject with icmpx type admin-prohibited
            add rule inet T forward oifname @bridges ct state established,related accept
            add rule inet T forward oifname @bridges ct status dnat accept
            add rule inet T forward iifname @open oifname @open accept
            add rule inet T forward iifname @bridges oifname "sbkb*" reject with icmpx type admin-prohibited
            add rule inet T forward oifname @bridges drop
            add rule inet T forward iifname @bridges accept
            """;

    private RulesetText() {}
}

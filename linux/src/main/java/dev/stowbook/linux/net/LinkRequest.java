package dev.stowbook.linux.net;

import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;

/** One change to links, addresses or routes, for {@link Netlink#apply}. */
public sealed interface LinkRequest {

    /** What the change is about, for messages. */
    String target();

    /**
     * Makes a bridge, up. EEXIST if the name is taken.
     *
     * @param name at most 15 bytes
     * @param macAddress its hardware address
     * @param mtu in bytes
     * @param group a mark that is set in the same step
     */
    record CreateBridge(String name, String macAddress, int mtu, int group) implements LinkRequest {
        @Override
        public String target() {
            return name;
        }
    }

    /**
     * Makes a veth pair (veth(4)) with its far end at once inside another namespace. The near end is up; the far
     * end is down, since the kernel refuses to open it before the pair is tied (ENOTCONN). EEXIST if either name is taken.
     *
     * @param name the near end, at most 15 bytes
     * @param macAddress the near end's hardware address
     * @param mtu of both ends, in bytes
     * @param group a mark on the near end that is set in the same step
     * @param master index of the bridge the near end becomes a port of
     * @param peerName the far end
     * @param peerMacAddress its hardware address
     * @param peerNamespaceFd an open descriptor of its namespace; borrowed
     */
    record CreateVeth(
            String name,
            String macAddress,
            int mtu,
            int group,
            OptionalInt master,
            String peerName,
            String peerMacAddress,
            int peerNamespaceFd)
            implements LinkRequest {
        @Override
        public String target() {
            return name;
        }
    }

    /**
     * Changes a link; what is empty stays.
     *
     * @param index the link
     * @param up whether it is to be up
     * @param master index of the bridge to join, 0 to leave its bridge
     * @param alias text to store with it
     * @param mtu in bytes
     */
    record ChangeLink(int index, Optional<Boolean> up, OptionalInt master, Optional<String> alias, OptionalInt mtu)
            implements LinkRequest {
        /** One that leaves the mtu. */
        public ChangeLink(int index, Optional<Boolean> up, OptionalInt master, Optional<String> alias) {
            this(index, up, master, alias, OptionalInt.empty());
        }

        @Override
        public String target() {
            return "link " + index;
        }
    }

    /**
     * Changes a port of a bridge.
     *
     * @param index the link
     * @param hairpin whether a frame may go back out of the port it came in by
     */
    record ChangeBridgePort(int index, boolean hairpin) implements LinkRequest {
        @Override
        public String target() {
            return "bridge port " + index;
        }
    }

    /** Removes a link. A veth takes its other end with it, and costs 19-30 ms. ENODEV if there is none. */
    record DeleteLink(int index) implements LinkRequest {
        @Override
        public String target() {
            return "link " + index;
        }
    }

    /**
     * Gives a link an address; one of IPv6 without looking for duplicates first (IFA_F_NODAD), so that it can be used at once. EEXIST if
     * it has it.
     */
    record AddAddress(int index, InetAddress address, int prefixLength) implements LinkRequest {
        @Override
        public String target() {
            return IpAddresses.text(address) + "/" + prefixLength;
        }
    }

    /** Sets the default route of the main table, in place of one of the same metric. */
    record SetDefaultRoute(InetAddress gateway, int index) implements LinkRequest {
        @Override
        public String target() {
            return "default via " + IpAddresses.text(gateway);
        }
    }

    /** Removes such a route. ESRCH if there is none. */
    record DeleteDefaultRoute(InetAddress gateway, int index) implements LinkRequest {
        @Override
        public String target() {
            return "default via " + IpAddresses.text(gateway);
        }
    }
}

package dev.stowbook.linux.net;

/** The fixed header behind nlmsghdr that asks for a dump of everything. */
sealed interface DumpHeader {

    void write(NetlinkMessage out);

    /** struct ifinfomsg. */
    record Links() implements DumpHeader {
        @Override
        public void write(NetlinkMessage out) {
            out.linkHeader(Rtnl.AF_UNSPEC, 0, 0, 0);
        }
    }

    /** struct ifaddrmsg. */
    record Addresses() implements DumpHeader {
        @Override
        public void write(NetlinkMessage out) {
            out.u32(0).u32(0);
        }
    }

    /** struct ifaddrmsg; the kernel dumps groups of one family only. */
    record Groups6() implements DumpHeader {
        @Override
        public void write(NetlinkMessage out) {
            out.u8(Rtnl.AF_INET6).u8(0).u16(0).u32(0);
        }
    }

    /** struct rtmsg. */
    record Routes() implements DumpHeader {
        @Override
        public void write(NetlinkMessage out) {
            out.u32(0).u32(0).u32(0);
        }
    }
}

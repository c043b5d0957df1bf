package dev.stowbook.network.bridge;

import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.Nftables;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkDriverProvider;
import dev.stowbook.testkit.fault.Faults;
import dev.stowbook.testkit.network.NetworkDriverCrashContract;

class BridgeCrashTest extends NetworkDriverCrashContract {
    @Override
    protected NetworkDriverProvider provider() {
        return new BridgeNetworkDriverProvider();
    }

    @Override
    protected NetworkDriver open(DriverContext context, Faults faults) throws Exception {
        return BridgeNetworkDriver.open(context, Resolvers.ofHost(), LinkSetting.FORCE_FORWARDING6.exists(LinkSetting.ALL),
                links -> faults.between(Netlink.class, links), rules -> faults.between(Nftables.class, rules));
    }
}

package dev.stowbook.network.bridge;

import dev.stowbook.spi.network.NetworkDriverProvider;
import dev.stowbook.testkit.network.NetworkDriverContract;

class BridgeNetworkDriverContractTest extends NetworkDriverContract {
    @Override
    protected NetworkDriverProvider provider() {
        return new BridgeNetworkDriverProvider();
    }
}

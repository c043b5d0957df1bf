package dev.stowbook.network.bridge;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.net.Netlink;
import dev.stowbook.linux.net.Nftables;
import dev.stowbook.linux.net.NftablesException;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.DriverProvider;
import dev.stowbook.spi.Health;
import dev.stowbook.spi.network.NetworkCapability;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkDriverProvider;
import java.util.EnumSet;
import java.util.Set;
import org.pf4j.Extension;

/** Offers the network driver {@code bridge}. */
@Extension
public final class BridgeNetworkDriverProvider implements NetworkDriverProvider {

    @Override
    public String name() {
        return "bridge";
    }

    @Override
    public int spiLevel() {
        return DriverProvider.SPI_LEVEL;
    }

    @Override
    public Set<NetworkCapability> capabilities() {
        return EnumSet.allOf(NetworkCapability.class);
    }

    @Override
    public Health probe() {
        try (Netlink host = Netlink.open();
                Nftables nft = Nftables.open()) {
            host.link("lo");
            return new Health(true, "rtnetlink and libnftables answer" + ForeignFirewalls.hint(nft));
        } catch (LinuxException e) {
            return new Health(false, "no rtnetlink: " + e.getMessage());
        } catch (NftablesException e) {
            return new Health(false, e.getMessage());
        }
    }

    @Override
    public NetworkDriver open(DriverContext context) throws DriverException {
        return BridgeNetworkDriver.open(
                context, Resolvers.ofHost(), LinkSetting.FORCE_FORWARDING6.exists(LinkSetting.ALL));
    }
}

package dev.stowbook.network.bridge;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Health;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.network.CreateNetworkRequest;
import dev.stowbook.spi.network.NetworkCapability;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkDriverProvider;
import dev.stowbook.spi.network.NetworkListing;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.fault.Misbehaving;
import dev.stowbook.testkit.fault.Verdict;
import dev.stowbook.testkit.network.NetworkDriverContract;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kit is worth what it refuses: drivers with one fault each, each of which some test must see. Their host is a namespace that goes with the test. */
@RequiresRoot
class KitRejectsTest {
    private static Fault fault = Fault.INSPECT_ALWAYS_SAYS_PRESENT;

    /** What a driver may get wrong. */
    enum Fault {
        INSPECT_ALWAYS_SAYS_PRESENT("aNetworkIsThereFromCreateToDelete",
                d -> d.verb("inspectNetwork", (honest, real, arguments) -> new Inspection(Presence.PRESENT, ""))),
        A_SECOND_CREATE_FAILS("aNetworkIsThereFromCreateToDelete", d -> d.verb("createNetwork", (honest, real, arguments) -> {
            var request = (CreateNetworkRequest) arguments[0];
            if (honest.inspectNetwork(new NetworkTarget(request.networkId(), "look")).presence() == Presence.PRESENT) {
                throw new DriverException(DriverErrorCode.IO, 17, "createNetwork", request.networkId(), "it is there already");
            }
            return real.call();
        })),
        DELETE_DOES_NOTHING("aNetworkIsThereFromCreateToDelete", d -> d.lazy("deleteNetwork")),
        LIST_IS_EMPTY("aNetworkIsThereFromCreateToDelete",
                d -> d.verb("list", (honest, real, arguments) -> new NetworkListing(List.of(), List.of(), List.of()))),
        LEAVE_DOES_NOTHING("anEndpointIsThereFromJoinToLeave", d -> d.lazy("leave")),
        EVERY_ENDPOINT_IS_PRESENT("anEndpointIsThereFromJoinToLeave",
                d -> d.verb("inspectEndpoint", (honest, real, arguments) -> new Inspection(Presence.PRESENT, "")));

        private final String test;
        private final Consumer<Misbehaving<NetworkDriver>> make;

        /** @param test the test of the contract that must see it */
        Fault(String test, Consumer<Misbehaving<NetworkDriver>> make) {
            this.test = test;
            this.make = make;
        }
    }

    /** The contract of the faulty driver; not found by itself, since its name is not that of a test. */
    static class Faulty extends NetworkDriverContract {
        /** What these drivers leave in the kernel does not go away later. */
        @Override
        protected Duration patience() {
            return Duration.ofMillis(500);
        }

        @Override
        protected NetworkDriverProvider provider() {
            NetworkDriverProvider honest = new BridgeNetworkDriverProvider();
            return new NetworkDriverProvider() {
                @Override
                public String name() {
                    return honest.name();
                }

                @Override
                public int spiLevel() {
                    return honest.spiLevel();
                }

                @Override
                public Set<NetworkCapability> capabilities() {
                    return honest.capabilities();
                }

                @Override
                public Health probe() {
                    return honest.probe();
                }

                @Override
                public NetworkDriver open(DriverContext context) throws DriverException {
                    var driver = new Misbehaving<NetworkDriver>(NetworkDriver.class, honest.open(context));
                    fault.make.accept(driver);
                    return driver.driver();
                }
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDriverWithAFaultIsRefused(Fault broken) {
        fault = broken;
        Verdict verdict = Verdict.of(Faulty.class, broken.test);
        assertTrue(verdict.rejected(), broken + ": " + verdict);
    }
}

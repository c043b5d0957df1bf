package dev.stowbook.testkit.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.LeaveRequest;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.testkit.fault.Faults;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/**
 * Kills a network driver before each of its messages to the kernel in turn, and lets each of them fail. Whenever that is, a new instance
 * tells the truth, the verb called again completes it, and after removal the kernel is as it was. Needs root.
 */
public abstract class NetworkDriverCrashContract extends NetworkDriverHarness {
    private static final int MOST_CALLS = 300;
    private static final PortMapping PORT = new PortMapping("127.0.0.1", 18080, 80, PortMapping.Protocol.TCP);
    private static final NetworkTarget NETWORK = new NetworkTarget(id(1), "op");
    private static final EndpointTarget ENDPOINT = new EndpointTarget(id(1), 1, "op");

    /** Opens a new instance whose messages to the kernel pass through the faults. */
    protected abstract NetworkDriver open(DriverContext context, Faults faults) throws Exception;

    private interface Verb {
        void run(NetworkDriver driver) throws Exception;
    }

    private void create(NetworkDriver driver) throws DriverException {
        driver.createNetwork(network(1, SUBNET, GATEWAY));
    }

    @Test
    void createNetworkMayBeCutOffAnywhere() throws Exception {
        everywhere(driver -> {}, this::create, driver -> {
            assertNotEquals(Presence.FOREIGN, driver.inspectNetwork(NETWORK).presence());
            create(driver);
            assertEquals(Presence.PRESENT, driver.inspectNetwork(NETWORK).presence(), driver.inspectNetwork(NETWORK).detail());
        });
    }

    @Test
    void deleteNetworkMayBeCutOffAnywhere() throws Exception {
        everywhere(this::create, driver -> driver.deleteNetwork(NETWORK), driver ->
                assertNotEquals(Presence.FOREIGN, driver.inspectNetwork(NETWORK).presence()));
    }

    @Test
    void joinMayBeCutOffAnywhere() throws Exception {
        Sandbox web = sandbox();
        everywhere(this::create, driver -> driver.join(join(1, 1, web, FIRST)), driver -> {
            assertNotEquals(Presence.FOREIGN, driver.inspectEndpoint(ENDPOINT).presence());
            driver.join(join(1, 1, web, FIRST));
            assertEquals(Presence.PRESENT, driver.inspectEndpoint(ENDPOINT).presence(), driver.inspectEndpoint(ENDPOINT).detail());
            assertTrue(addresses(web).contains(FIRST), addresses(web).toString());
            leave(driver, web);
            assertEquals(1, web.links().size(), "the sandbox has its loopback link only");
        });
    }

    @Test
    void leaveMayBeCutOffAnywhere() throws Exception {
        Sandbox web = sandbox();
        everywhere(
                driver -> {
                    create(driver);
                    driver.join(join(1, 1, web, FIRST));
                    driver.publish(publish(1, "10.213.7.2", PORT));
                },
                driver -> leave(driver, web),
                driver -> {
                    assertNotEquals(Presence.FOREIGN, driver.inspectEndpoint(ENDPOINT).presence());
                    leave(driver, web);
                    assertEquals(Presence.ABSENT, driver.inspectEndpoint(ENDPOINT).presence());
                    assertEquals(List.of(), driver.list().published());
                });
    }

    @Test
    void publishMayBeCutOffAnywhere() throws Exception {
        Sandbox web = sandbox();
        everywhere(
                driver -> {
                    create(driver);
                    driver.join(join(1, 1, web, FIRST));
                },
                driver -> driver.publish(publish(1, "10.213.7.2", PORT)),
                driver -> {
                    driver.publish(publish(1, "10.213.7.2", PORT));
                    assertEquals(1, driver.list().published().size());
                    driver.unpublish(ENDPOINT);
                    assertEquals(List.of(), driver.list().published());
                    leave(driver, web);
                });
    }

    private static void leave(NetworkDriver driver, Sandbox sandbox) throws DriverException {
        driver.leave(new LeaveRequest(id(1), 1, OptionalInt.of(sandbox.fd()), "op"));
    }

    /** Killed before each message, and each message failing for the usual reasons. */
    private void everywhere(Verb before, Verb verb, Verb check) throws Exception {
        int calls = 0;
        for (int errno : List.of(0, Errno.EBUSY, Errno.ENOMEM)) {
            for (long call = 1; ; call++) {
                assertTrue(call < MOST_CALLS, "the verb never ends");
                Faults faults = (errno == 0 ? Faults.killBefore(call) : Faults.failAt(call, errno)).held();
                if (!round(before, verb, check, faults, errno)) {
                    break;
                }
                calls++;
            }
        }
        assertTrue(calls > 2, "the verb sent only " + calls + " messages through what it was given: it goes another way");
    }

    /** @return whether the fault happened */
    private boolean round(Verb before, Verb verb, Verb check, Faults faults, int errno) throws Exception {
        String when = (errno == 0 ? "killed before" : "errno " + errno + " from") + " message " + faults.strikesAt();
        try (NetworkDriver first = reopened()) {
            before.run(first);
        }
        try (NetworkDriver cut = open(context(instance), faults)) {
            faults.begin();
            verb.run(cut);
        } catch (Faults.Killed e) {
            assertEquals(0, errno, when);
        } catch (DriverException e) {
            assertTrue(errno != 0, when + ": " + e);
        } catch (RuntimeException e) {
            throw new AssertionError(when + ": not a typed failure", e);
        }
        try (NetworkDriver next = reopened()) {
            check.run(next);
            next.deleteNetwork(NETWORK);
            assertEquals(Presence.ABSENT, next.inspectNetwork(NETWORK).presence(), when);
        } catch (DriverException | AssertionError e) {
            throw new AssertionError(when + ": " + e.getMessage(), e);
        }
        assertEquals(List.of(), NetworkSnapshot.take().differenceFrom(this.before), when);
        return faults.struck();
    }
}

package dev.stowbook.testkit.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.stowbook.linux.net.LinkAddress;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Observation;
import dev.stowbook.spi.network.CreateNetworkRequest;
import dev.stowbook.spi.network.EndpointAddress;
import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.JoinRequest;
import dev.stowbook.spi.network.LeaveRequest;
import dev.stowbook.spi.network.NetworkDriver;
import dev.stowbook.spi.network.NetworkDriverProvider;
import dev.stowbook.spi.network.NetworkSubnet;
import dev.stowbook.spi.network.NetworkTarget;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PublishRequest;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.TestNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A network driver under test, inside a namespace that stands for the host: opened before each test, closed after it, and nothing may
 * be left in the kernel then. Needs root.
 */
@RequiresRoot("namespaces, links and rules of the firewall are made by root alone")
@ExtendWith(PrivateHostExtension.class)
public abstract class NetworkDriverHarness {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** First network: its subnet, gateway and two members. */
    protected static final String SUBNET = "10.213.7.0/24";

    protected static final String GATEWAY = "10.213.7.1";
    protected static final String FIRST = "10.213.7.2/24";
    protected static final String SECOND = "10.213.7.3/24";

    /** The same of IPv6. */
    protected static final String SUBNET6 = "fd00:213:7::/64";

    protected static final String GATEWAY6 = "fd00:213:7::1";
    protected static final String FIRST6 = "fd00:213:7::2/64";
    protected static final String SECOND6 = "fd00:213:7::3/64";

    @TempDir
    protected Path directory;

    protected String instance;
    protected NetworkDriver driver;
    private final List<AutoCloseable> open = new ArrayList<>();
    private final BlockingQueue<Observation> observations = new LinkedBlockingQueue<>();
    /** What the kernel had before the driver was opened. */
    protected NetworkSnapshot before;

    /** The provider under test. */
    protected abstract NetworkDriverProvider provider();

    /** How long to wait for the kernel to take away what a driver let go of; less only where it is known not to come. */
    protected Duration patience() {
        return PATIENCE;
    }

    @BeforeEach
    void openDriver() throws Exception {
        instance = TestNames.instanceId();
        before = NetworkSnapshot.take();
        driver = reopened();
    }

    @AfterEach
    void nothingIsLeftInTheKernel() throws Exception {
        for (var port : driver.list().published()) {
            driver.unpublish(new EndpointTarget(port.endpointId(), 1, "clean"));
        }
        for (var endpoint : driver.list().endpoints()) {
            driver.leave(new LeaveRequest(endpoint.endpointId(), endpoint.generation(), OptionalInt.empty(), "clean"));
        }
        for (var network : driver.list().networks()) {
            driver.deleteNetwork(new NetworkTarget(network.networkId(), "clean"));
        }
        driver.close();
        for (AutoCloseable closeable : open.reversed()) {
            closeable.close();
        }
        List<String> left = NetworkSnapshot.take().differenceFrom(before);
        // The kernel takes a dead namespace's links away a little later.
        for (long end = System.nanoTime() + patience().toNanos(); System.nanoTime() < end && !left.isEmpty();) {
            Thread.sleep(50);
            left = NetworkSnapshot.take().differenceFrom(before);
        }
        assertEquals(List.of(), left);
    }

    /** An id of 64 hex digits. */
    protected static String id(int number) {
        return "%064x".formatted(number);
    }

    protected CreateNetworkRequest network(int number, String subnet, String gateway) {
        return network(number, false, new NetworkSubnet(subnet, gateway));
    }

    /** A request for a network with any subnets, isolated. */
    protected CreateNetworkRequest network(int number, boolean internal, NetworkSubnet... subnets) {
        return new CreateNetworkRequest(id(number), List.of(subnets), OptionalInt.empty(), internal, true, "op");
    }

    /** A request for network 1 with both families. */
    protected CreateNetworkRequest dualNetwork() {
        return network(1, false, new NetworkSubnet(SUBNET, GATEWAY), new NetworkSubnet(SUBNET6, GATEWAY6));
    }

    /** A request to join network 1 with both families. */
    protected JoinRequest joinDual(int endpoint, Sandbox sandbox, String address, String address6) {
        return join(
                endpoint,
                1,
                1,
                sandbox,
                "eth0",
                new EndpointAddress(address, GATEWAY),
                new EndpointAddress(address6, GATEWAY6));
    }

    /** A request to join network 1. */
    protected JoinRequest join(int endpoint, int generation, Sandbox sandbox, String address) {
        return join(endpoint, generation, 1, sandbox, "eth0", new EndpointAddress(address, GATEWAY));
    }

    /** A request to join a network, with the default routes if the interface is {@code eth0}. */
    protected JoinRequest join(
            int endpoint, int generation, int network, Sandbox sandbox, String interfaceName, EndpointAddress... addresses) {
        return new JoinRequest(
                id(endpoint),
                generation,
                id(network),
                sandbox.fd(),
                List.of(addresses),
                interfaceName.equals("eth0"),
                OptionalInt.empty(),
                Optional.empty(),
                interfaceName,
                "op");
    }

    /** A request to leave with a sandbox that is about to end. */
    protected LeaveRequest leave(int endpoint, int generation) {
        return new LeaveRequest(id(endpoint), generation, OptionalInt.empty(), "op");
    }

    /** A request to publish on network 1. */
    protected PublishRequest publish(int endpoint, String address, PortMapping... ports) {
        return new PublishRequest(id(endpoint), 1, id(1), List.of(address), List.of(ports), "op");
    }

    /** A request to publish on network 1 for an endpoint with both families. */
    protected PublishRequest publishDual(int endpoint, PortMapping... ports) {
        return new PublishRequest(
                id(endpoint), 1, id(1), List.of("10.213.7." + (endpoint + 1), "fd00:213:7::" + (endpoint + 1)), List.of(ports), "op");
    }

    /** What the driver has noticed, in order. */
    protected BlockingQueue<Observation> observations() {
        return observations;
    }

    /** A sandbox that ends with the test. */
    protected Sandbox sandbox() throws Exception {
        Sandbox sandbox = Sandbox.create();
        open.add(sandbox);
        return sandbox;
    }

    /** Closes something when the test ends. */
    protected void closeAfterTest(AutoCloseable closeable) {
        open.add(closeable);
    }

    /** A driver with no memory. */
    protected NetworkDriver reopened() throws Exception {
        return provider().open(context(instance));
    }

    protected static DriverException refused(DriverErrorCode code, org.junit.jupiter.api.function.Executable verb) {
        DriverException refusal = assertThrows(DriverException.class, verb);
        assertEquals(code, refusal.code(), refusal.getMessage());
        return refusal;
    }

    /** The addresses inside, {@code 10.213.7.2/24}. */
    protected static List<String> addresses(Sandbox sandbox) throws Exception {
        return sandbox.addresses().stream().map(LinkAddress::cidr).toList();
    }

    /** A context for an instance, with fresh directories. */
    protected DriverContext context(String instanceId) throws Exception {
        Path privateDirectory = Files.createTempDirectory(directory, "private");
        Path runDirectory = Files.createTempDirectory(directory, "run");
        return new DriverContext() {
            @Override
            public Path privateDirectory() {
                return privateDirectory;
            }

            @Override
            public Path runDirectory() {
                return runDirectory;
            }

            @Override
            public String instanceId() {
                return instanceId;
            }

            @Override
            public Map<String, String> configuration() {
                return Map.of();
            }

            @Override
            public void observe(Observation observation) {
                observations.add(observation);
            }
        };
    }
}

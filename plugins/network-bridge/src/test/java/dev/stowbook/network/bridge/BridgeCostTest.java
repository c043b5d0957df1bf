package dev.stowbook.network.bridge;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.network.EndpointTarget;
import dev.stowbook.spi.network.NetworkDriverProvider;
import dev.stowbook.spi.network.PortMapping;
import dev.stowbook.spi.network.PortMapping.Protocol;
import dev.stowbook.testkit.network.NetworkDriverHarness;
import dev.stowbook.testkit.network.Sandbox;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the verbs on a container's start path cost. The bounds are ten times the aim, so that only a mistake breaks them. */
class BridgeCostTest extends NetworkDriverHarness {
    private static final boolean ALL = "all".equals(System.getProperty("stowbook.tests"));
    private static final int WARM_UP = ALL ? 100 : 20;
    private static final int ROUNDS = ALL ? 120 : 40;

    @Override
    protected NetworkDriverProvider provider() {
        return new BridgeNetworkDriverProvider();
    }

    @Test
    void joinTakesMillisecondsAndPublishLess() throws Exception {
        driver.createNetwork(network(1, "10.213.0.0/16", "10.213.7.1"));
        List<Long> joins = new ArrayList<>();
        List<Long> publishes = new ArrayList<>();
        List<Long> unpublishes = new ArrayList<>();
        List<Long> leaves = new ArrayList<>();
        for (int i = 1; i <= WARM_UP + ROUNDS; i++) {
            int number = i;
            String address = "10.213.8." + i;
            EndpointTarget target = new EndpointTarget(id(i), 1, "op");
            Sandbox sandbox = Sandbox.create();
            long join = micros(() -> driver.join(join(number, 1, sandbox, address + "/16")));
            PortMapping port = new PortMapping("0.0.0.0", 20000 + i, 80, Protocol.TCP);
            long publish = micros(() -> driver.publish(publish(number, address, port)));
            long unpublish = micros(() -> driver.unpublish(target));
            long leave = micros(() -> driver.leave(leave(number, 1)));
            sandbox.close();
            if (i > WARM_UP) {
                joins.add(join);
                publishes.add(publish);
                unpublishes.add(unpublish);
                leaves.add(leave);
            }
        }
        report("join", joins, 20_000);
        report("publish", publishes, 5_000);
        report("unpublish", unpublishes, 5_000);
        report("leave", leaves, 50_000);
    }

    private static void report(String verb, List<Long> micros, long boundMicros) {
        Collections.sort(micros);
        long median = micros.get(micros.size() / 2);
        System.out.println("network-bridge " + verb + ": p10 " + micros.get(micros.size() / 10) + ", median " + median + ", p90 "
                + micros.get(micros.size() * 9 / 10) + " microseconds");
        assertTrue(median < boundMicros, verb + " took " + median + " microseconds");
    }

    private static long micros(Work work) throws Exception {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1000;
    }

    private interface Work {
        void run() throws Exception;
    }
}

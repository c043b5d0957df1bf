package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.testkit.KernelSnapshot;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** By which network a pod leaves, and which networks reach each other: the kernel is asked from inside. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GatewayIT {
    private DaemonProcess daemon;
    private Rest rest;
    private Pods pods;
    private KernelSnapshot before;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        before = KernelSnapshot.take(KernelSnapshot.Filter.ofKernelOnly(directory.toString()));
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        pods = new Pods(rest);
        daemon.importBusybox();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
        KernelSnapshot.assertNothingLeft(before);
    }

    @AfterEach
    void removeAll() throws IOException {
        daemon.removeAllPods();
        rest.post("/v1/networks/prune").ok();
    }

    private void network(String name, int number, String more) throws IOException {
        rest.postJson("/v1/networks", """
                {"name":"%s","subnets":[{"subnet":"10.213.%d.0/24"},{"subnet":"fd00:213:%d::/64"}]%s}""".formatted(name, number, number, more)).ok();
    }

    private void pod(String name, String networks) throws Exception {
        pods.run(name, """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers: [{name: main, image: busybox, command: [sleep, "600"]}]
                  stowbook: {networks: [%s]}
                """.formatted(name, networks));
    }

    /** The exit code of a shell's line inside. */
    private int run(String pod, String line) throws Exception {
        String body = new ObjectMapper().writeValueAsString(java.util.Map.of("command", java.util.List.of("sh", "-c", line)));
        String exec = rest.postJson("/v1/containers/" + pod + "/exec", body).ok().json().get("id").asText();
        for (int i = 0; i < 3000; i++) {
            JsonNode now = rest.get("/v1/execs/" + exec).ok().json();
            if (now.has("exitCode")) {
                return now.get("exitCode").asInt();
            }
            Thread.sleep(20);
        }
        throw new AssertionError(line + " does not end");
    }

    /** Whether the pod's only default routes, one of each family, go by that network and interface. */
    private void assertLeavesBy(String pod, int number, String link) throws Exception {
        String four = "default via 10.213.%d.1 dev %s".formatted(number, link);
        String six = "default via fd00:213:%d::1 dev %s ".formatted(number, link);
        String routes = "ip route > /tmp/routes; ip -6 route >> /tmp/routes; test $(grep -c default /tmp/routes) = 2";
        assertEquals(0, run(pod, routes + " && grep -q '" + four + "' /tmp/routes && grep -q '" + six + "' /tmp/routes"), four + ", " + six);
        JsonNode endpoints = rest.get("/v1/pods/" + pod).ok().json().at("/network/endpoints");
        for (JsonNode endpoint : endpoints) {
            assertEquals(endpoint.get("interface").asText().equals(link), endpoint.get("defaultRoute").asBoolean(), endpoints.toString());
        }
    }

    private boolean reaches(String pod, String address) throws Exception {
        return run(pod, "ping -c 1 -W 1 " + address) == 0;
    }

    private String address(String pod, int index) throws IOException {
        return rest.get("/v1/pods/" + pod).ok().json().at("/network/endpoints/0/addresses/" + index).asText();
    }

    @Test
    void theNextNetworkTakesOverTheDefaultRouteOfTheOneThatGoesAndGivesItBack() throws Exception {
        network("sbkone", 1, "");
        network("sbktwo", 2, "");
        pod("roamer", "{name: sbkone}, {name: sbktwo}");
        assertLeavesBy("roamer", 1, "eth0");

        rest.postJson("/v1/networks/sbkone/disconnect", "{\"pod\":\"roamer\"}").ok();
        assertLeavesBy("roamer", 2, "eth1");
        assertEquals(0, run("roamer", "busybox nslookup roamer | grep -q " + "10.213.2."), "names are still found");
        String id = rest.get("/v1/pods/roamer").ok().json().get("id").asText();
        List<JsonNode> routed = pods.events("EndpointRouted", id);
        assertTrue(routed.getLast().at("/data/defaultRoute").asBoolean() && routed.getLast().at("/data/tookMicros").asLong() > 0, routed.toString());

        rest.postJson("/v1/networks/sbkone/connect", "{\"pod\":\"roamer\"}").ok();
        assertLeavesBy("roamer", 1, "eth0");
        assertFalse(pods.events("EndpointRouted", id).getLast().at("/data/defaultRoute").asBoolean());

        daemon.killHard();
        daemon.restart();
        assertLeavesBy("roamer", 1, "eth0");
        rest.post("/v1/pods/roamer/stop?grace=0").ok();
        rest.post("/v1/pods/roamer/start").ok();
        pods.await("roamer", "running");
        assertLeavesBy("roamer", 1, "eth0");
    }

    @Test
    void theHighestGatewayPriorityLeadsOut() throws Exception {
        network("sbkone", 1, "");
        network("sbktwo", 2, "");
        network("sbkthree", 3, "");
        pod("chooser", "{name: sbkone}, {name: sbktwo, gatewayPriority: 5}");
        assertLeavesBy("chooser", 2, "eth1");
        rest.postJson("/v1/networks/sbkthree/connect", "{\"pod\":\"chooser\",\"gatewayPriority\":9}").ok();
        assertLeavesBy("chooser", 3, "eth2");
        rest.postJson("/v1/networks/sbkthree/disconnect", "{\"pod\":\"chooser\"}").ok();
        assertLeavesBy("chooser", 2, "eth1");
        assertEquals(400, rest.postJson("/v1/networks/sbkthree/connect", "{\"pod\":\"chooser\",\"gatewayPriority\":70000}").status());
    }

    @Test
    void networksThatAreNotIsolatedReachEachOtherAndNoOthers() throws Exception {
        network("sbkone", 1, ",\"isolated\":false");
        network("sbktwo", 2, ",\"isolated\":false");
        network("sbkthree", 3, "");
        for (String[] each : new String[][] {{"open-a", "sbkone"}, {"open-b", "sbktwo"}, {"closed", "sbkthree"}}) {
            pod(each[0], "{name: " + each[1] + "}");
        }
        for (int family = 0; family < 2; family++) {
            assertTrue(reaches("open-a", address("open-b", family)), "family " + family);
            assertTrue(reaches("open-b", address("open-a", family)), "family " + family);
            assertFalse(reaches("open-a", address("closed", family)), "family " + family);
            assertFalse(reaches("closed", address("open-a", family)), "family " + family);
        }
        assertFalse(rest.get("/v1/networks/sbkone").ok().json().get("isolated").asBoolean());
        assertEquals(400, rest.postJson("/v1/networks", "{\"name\":\"sbkx\",\"internal\":true,\"isolated\":false}").status());
    }
}

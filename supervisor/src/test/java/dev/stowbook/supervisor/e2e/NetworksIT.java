package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.KernelSnapshot;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Networks and names of a whole daemon, tried from inside containers. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NetworksIT {
    private DaemonProcess daemon;
    private Rest rest;
    private KernelSnapshot before;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        before = KernelSnapshot.take(KernelSnapshot.Filter.ofKernelOnly(directory.toString()));
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        daemon.importBusybox();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
        KernelSnapshot.assertNothingLeft(before);
    }

    @AfterEach
    void removeAll() throws IOException {
        for (JsonNode pod : rest.get("/v1/pods").ok().json()) {
            if (pod.at("/network/mode").asText().equals("pod")) {
                rest.delete("/v1/pods/" + pod.get("name").asText() + "?force=true&grace=0").ok();
            }
        }
        daemon.removeAllPods();
        rest.post("/v1/networks/prune").ok();
    }

    private void pod(String name, String spec) throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  containers: [{name: main, image: busybox, command: [sleep, "600"]}]
                %s
                """.formatted(name, spec.indent(2))).ok();
        for (int i = 0; i < 3000 && !state(name).equals("running"); i++) {
            assertNotEquals("exited", state(name), () -> container(name).toString());
            Thread.sleep(20);
        }
    }

    private JsonNode container(String name) {
        try {
            return rest.get("/v1/containers/" + name).ok().json();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String state(String name) {
        return container(name).get("state").asText();
    }

    private String address(String pod, int endpoint) throws IOException {
        return rest.get("/v1/pods/" + pod).ok().json().at("/network/endpoints/" + endpoint + "/address").asText();
    }

    /** The exit code of a command inside. */
    private int run(String pod, String... command) throws Exception {
        String argv = new com.fasterxml.jackson.databind.ObjectMapper().writeValueAsString(command);
        String exec = rest.postJson("/v1/containers/" + pod + "/exec", "{\"command\":" + argv + "}").ok().json().get("id").asText();
        for (int i = 0; i < 3000; i++) {
            JsonNode now = rest.get("/v1/execs/" + exec).ok().json();
            if (now.has("exitCode")) {
                return now.get("exitCode").asInt();
            }
            Thread.sleep(20);
        }
        throw new AssertionError(String.join(" ", command) + " does not end");
    }

    private boolean resolves(String pod, String name, String to) throws Exception {
        return run(pod, "sh", "-c", "busybox nslookup " + name + " | grep -q '" + to + "'") == 0;
    }

    private boolean reaches(String pod, String address) throws Exception {
        return run(pod, "ping", "-c", "1", "-W", "1", address) == 0;
    }

    private long events(String type) throws IOException {
        return rest.events(1).stream().filter(event -> event.get("type").asText().contains("." + type + ".")).count();
    }

    @Test
    void d9_peersAreFoundByNameAndWhatSomebodyChangedInTheFilesStays() throws Exception {
        pod("d9-web", "hostAliases: [{ip: 192.0.2.1, hostnames: [elsewhere]}]");
        pod("d9-db", "stowbook: {networks: [{name: default, aliases: [store]}]}");
        String db = address("d9-db", 0);
        for (String name : List.of("d9-db", "store", "d9-db.default", "main.d9-db")) {
            assertTrue(resolves("d9-web", name, db), name);
        }
        assertTrue(resolves("d9-web", db, "d9-db.default"), "and back");
        assertEquals(0, run("d9-web", "grep", "-q", "192.0.2.1.*elsewhere", "/etc/hosts"));
        assertEquals(0, run("d9-web", "sh", "-c", "echo 'nameserver 192.0.2.53' > /etc/resolv.conf"));
        rest.post("/v1/pods/d9-web/stop?grace=0").ok();
        rest.post("/v1/pods/d9-web/start").ok();
        assertEquals(0, run("d9-web", "grep", "-q", "192.0.2.53", "/etc/resolv.conf"), "the edit is kept");
        assertEquals(0, run("d9-web", "grep", "-q", address("d9-web", 0), "/etc/hosts"));
        daemon.killHard();
        daemon.restart();
        for (int i = 0; i < 600 && !resolves("d9-db", "d9-web", address("d9-web", 0)); i++) {
            Thread.sleep(100);
        }
        assertTrue(resolves("d9-db", "d9-web", address("d9-web", 0)), "after a restart the server is there again");
    }

    @Test
    void twoNetworksAreIsolatedAndAPodIsConnectedAndDisconnectedWhileItRuns() throws Exception {
        rest.postJson("/v1/networks", "{\"name\":\"sbkfront\"}").ok();
        rest.postJson("/v1/networks", "{\"name\":\"sbkback\"}").ok();
        assertEquals(409, rest.postJson("/v1/networks", "{\"name\":\"sbkback\"}").status());
        pod("net-a", "stowbook: {networks: [{name: sbkfront}]}");
        pod("net-b", "stowbook: {networks: [{name: sbkback, aliases: [hidden]}]}");
        assertTrue(!reaches("net-a", address("net-b", 0)), "another network's pod");
        assertTrue(!resolves("net-a", "hidden", address("net-b", 0)), "and its name");
        assertEquals(409, rest.delete("/v1/networks/sbkback").status(), "it is used");

        JsonNode connected = rest.postJson("/v1/networks/sbkback/connect", "{\"pod\":\"net-a\"}").ok().json();
        assertEquals("eth1", connected.get("interface").asText());
        assertEquals(0, run("net-a", "test", "-e", "/sys/class/net/eth1"));
        assertTrue(reaches("net-a", address("net-b", 0)));
        assertTrue(resolves("net-a", "hidden", address("net-b", 0)));

        rest.postJson("/v1/networks/sbkback/disconnect", "{\"pod\":\"net-a\"}").ok();
        assertNotEquals(0, run("net-a", "test", "-e", "/sys/class/net/eth1"));
        assertTrue(!reaches("net-a", address("net-b", 0)));
        assertTrue(events("PodConnecting") >= 1 && events("PodDisconnecting") >= 1);
    }

    @Test
    void n18_aPodInTheHostsNetworkHasItsNamespaceAndEveryOtherItsOwn() throws Exception {
        String mine = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
        pod("n18-host", "hostNetwork: true");
        pod("n18-own", "");
        pod("n18-none", "stowbook: {network: none}");
        pod("n18-shared", "stowbook: {network: \"pod:n18-own\"}");
        assertEquals(mine, namespace("n18-host"), "ours, which is the daemon's");
        assertNotEquals(mine, namespace("n18-own"));
        assertNotEquals(namespace("n18-own"), namespace("n18-none"));
        assertEquals(namespace("n18-own"), namespace("n18-shared"));
        assertEquals(0, run("n18-none", "sh", "-c", "test $(ls /sys/class/net) = lo"));
        assertEquals(0, run("n18-shared", "test", "-e", "/sys/class/net/eth0"));
        assertEquals(409, rest.delete("/v1/pods/n18-own?force=true").status(), "somebody lives in its network");
        rest.delete("/v1/pods/n18-shared?force=true").ok();
    }

    private String namespace(String pod) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/" + container(pod).get("pid").asInt() + "/ns/net")).toString();
    }

    @Test
    void bothFamiliesCarryTrafficAndNamesAndAskedAddressesAreHad() throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: stowbook.dev/v1
                kind: Network
                metadata: {name: sbksix}
                spec:
                  subnets: [{subnet: 10.211.7.0/24}, {subnet: "fd00:211:7::/64"}]
                """).ok();
        pod("six-a", "stowbook: {networks: [{name: sbksix, address: 10.211.7.77, address6: \"fd00:211:7::77\", mac: \"02:42:00:00:00:77\"}]}");
        pod("six-b", "stowbook: {networks: [{name: sbksix}]}");
        assertTrue(reaches("six-b", "10.211.7.77"));
        assertTrue(reaches("six-b", "fd00:211:7::77"));
        assertTrue(resolves("six-b", "six-a", "fd00:211:7::77"));
        assertEquals(0, run("six-a", "grep", "-q", "02:42:00:00:00:77", "/sys/class/net/eth0/address"));
    }

    @Test
    void anInternalNetworkLeadsNowhere() throws Exception {
        rest.postJson("/v1/networks", "{\"name\":\"sbkinner\",\"internal\":true}").ok();
        pod("in-a", "stowbook: {networks: [{name: sbkinner}]}");
        pod("in-b", "stowbook: {networks: [{name: sbkinner}]}");
        assertTrue(reaches("in-a", address("in-b", 0)));
        assertTrue(resolves("in-a", "in-b", address("in-b", 0)));
        assertNotEquals(0, run("in-a", "sh", "-c", "ip route | grep -q default"));
        assertNotEquals(0, run("in-a", "busybox", "nslookup", "stowbook-test.example"));
    }

    @Test
    void foreignFlushesOfOurTableAreRepairedAndInTheBook() throws Exception {
        pod("flush", "");
        String instance = rest.get("/v1/info").json().get("instanceId").asText();
        String tables = new String(new ProcessBuilder("nft", "list", "tables").start().getInputStream().readAllBytes());
        String ours = tables.lines().filter(line -> line.contains(instance)).findFirst().orElseThrow().substring("table ".length());
        List<String> flush = new java.util.ArrayList<>(List.of("nft", "flush", "table"));
        flush.addAll(List.of(ours.split(" ")));
        assertEquals(0, new ProcessBuilder(flush).start().waitFor());
        for (int i = 0; i < 3000 && events("RulesRepaired") == 0; i++) {
            Thread.sleep(20);
        }
        assertTrue(events("RulesFlushed") >= 1 && events("RulesRepaired") >= 1);
    }
}

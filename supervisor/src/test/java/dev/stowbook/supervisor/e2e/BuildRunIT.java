package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.stowbook.testkit.RequiresRoot;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the commands of a build may use, what builds fetch, and what becomes of builds that nobody waits for. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BuildRunIT {
    private final CountDownLatch over = new CountDownLatch(1);
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private HttpServer server;
    private Building building;

    /** One server is the proxy of the daemon, a registry that never answers, and a file that never ends. */
    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", this::answer);
        server.start();
        String address = "127.0.0.1:" + server.getAddress().getPort();
        Files.writeString(directory.resolve("config.yaml"), "registries:\n  patience: 20m\n  insecure:\n    " + address + ": http\n");
        building = Building.on(directory, DaemonProcess.start(directory, Map.of("HTTP_PROXY", "http://" + address, "NO_PROXY", "direct.test")));
    }

    @AfterAll
    void stop() throws Exception {
        over.countDown();
        server.stop(0);
        building.daemon().close();
    }

    @AfterEach
    void removePods() throws IOException {
        building.daemon().removeAllPods();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String target = exchange.getRequestURI().toString();
        asked.add(target);
        if (target.startsWith("http://files.test/")) {
            byte[] body = "by the proxy".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        } else if (target.startsWith("http://moved.test/")) {
            exchange.getResponseHeaders().add("Location", "http://files.test/there.txt");
            exchange.sendResponseHeaders(302, -1);
        } else {
            exchange.sendResponseHeaders(200, 0); // v2: the registry is known, and says no more; a file begins
            exchange.getResponseBody().write(new byte[1000]);
            exchange.getResponseBody().flush();
            awaitEnd();
        }
        exchange.close();
    }

    private void awaitEnd() throws IOException {
        try {
            over.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    @Test
    void theCommandsOfABuildAreLimitedAsItsOptionsSay() throws Exception {
        String out = building.build("""
                FROM base
                RUN cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory.max 2>/dev/null; cat memory/memory.memsw.limit_in_bytes 2>/dev/null; \\
                    cat cpu/cpu.cfs_quota_us pids/pids.max cpu.max pids.max 2>/dev/null; cat cpu/cpu.shares 2>/dev/null; \\
                    grep -E 'open files|core file' /proc/self/limits; grep -E ' /dev/shm ' /proc/mounts; stat -c 'shm %a' /dev/shm; cat /etc/hosts; echo links $(ls /sys/class/net)
                """, "-m", "64Mi", "--memory-swap", "96Mi", "--cpus", "0.5", "--cpu-shares", "300", "--pids", "77", "--ulimit", "nofile=100:200", "--ulimit",
                "core=0", "--shm-size", "8Mi", "--add-host", "db:10.9.8.7", "--add-host", "six=[fd00::7]", "--network", "none");
        for (String part : List.of("\n67108864\n", "\n77\n", "size=8192k", "shm 1777\n", "10.9.8.7\tdb\n", "fd00::7\tsix\n", "\nlinks lo\n")) {
            assertTrue(out.contains(part), part + " in " + out);
        }
        assertTrue(out.contains("\n50000\n") || out.contains("\n50000 100000\n"), out);
        assertTrue(out.replaceAll(" +", " ").contains("Max open files 100 200 files") && out.replaceAll(" +", " ").contains("Max core file size 0 0 bytes"), out);
        if (Files.exists(Path.of("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"))) {
            assertTrue(out.contains("\n100663296\n"), out);
        }
        if (Files.exists(Path.of("/sys/fs/cgroup/cpu/cpu.shares"))) {
            assertTrue(out.contains("\n300\n"), out);
        }
        JsonNode step = building.pods().events("BuildStarted", "\"db\"").getLast().get("data").get("spec").get("step");
        assertTrue(step.get("resources").get("memory").get("limitBytes").toString().contains("67108864"), step.toString());
    }

    @Test
    void aCommandThatTakesMoreMemoryThanItMayIsKilledAndTheBuildFails() throws Exception {
        String dockerfile = "FROM base\nRUN dd if=/dev/zero of=/dev/null bs=60M count=3\n";
        String killed = building.refused(dockerfile, "--memory", "16Mi", "--memory-swap", "16Mi");
        assertTrue(killed.contains("of line 2 returned 137"), killed);
        building.build(dockerfile);
        String alone = building.refused(dockerfile, "--memory-swap", "16Mi");
        assertTrue(alone.contains("limits.memory is missing"), alone);
    }

    @Test
    void commandsAreOnTheNetworkThatIsNamed() throws Exception {
        String dockerfile = "FROM base\nRUN readlink /proc/self/ns/net; ip -4 -o address\n";
        String host = building.build(dockerfile, "--network", "host", "--no-cache");
        assertTrue(host.contains(Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString()), host);
        JsonNode made = building.rest().postJson("/v1/networks", "{\"name\":\"sbk-build\"}").ok().json();
        String named = building.build(dockerfile, "--network", "sbk-build", "--no-cache");
        String prefix = building.rest().get("/v1/networks/sbk-build").ok().json().findValue("subnet").asText().replaceAll("[0-9]+/[0-9]+$", "");
        assertTrue(named.contains("inet " + prefix), made + " " + named);
        Command none = building.run(building.context(dockerfile), "--network", "sbk-nowhere", "--no-cache");
        assertTrue(none.exitCode() == 3 && none.err().contains("there is no network sbk-nowhere"), none.err());
        building.rest().delete("/v1/networks/sbk-build").ok();
    }

    @Test
    void optionsThatSayNothingSensibleAreRefusedBeforeAnythingIsBuilt() throws Exception {
        Path context = building.context("FROM base\nRUN true\n");
        assertEquals(2, building.run(context, "--ulimit", "nofile").exitCode());
        assertEquals(2, building.run(context, "--add-host", "db").exitCode());
        String address = building.run(context, "--add-host", "db:nowhere").sentence();
        assertTrue(address.contains("hostAliases[0].ip"), address);
        String limit = building.run(context, "--ulimit", "nofiles=1").sentence();
        assertTrue(limit.contains("stowbook.ulimits[0].name"), limit);
        String memory = building.run(context, "--memory", "512m").sentence();
        assertTrue(memory.contains("resources.limits.memory") && memory.contains("64Mi"), memory);
        assertEquals(List.of(), building.pods().events("BuildStarted", "nofiles"));
    }

    @Test
    void addFetchesByTheDaemonsProxyAndNotWhatNeedsNone() throws Exception {
        building.build("FROM base\nARG HOST=files\nADD http://${HOST}.test/a.txt /in/\nADD http://moved.test/ /b.txt\n", "-t", "proxied");
        assertEquals("by the proxyby the proxy", building.in("proxied", "cat /in/a.txt /b.txt"));
        assertTrue(asked.containsAll(List.of("http://files.test/a.txt", "http://moved.test/", "http://files.test/there.txt")), asked.toString());
        String direct = building.refused("FROM base\nADD http://direct.test/a.txt /in/\n");
        assertTrue(direct.contains("no address is known for direct.test") && direct.contains("offline") && direct.contains("HTTP_PROXY"), direct);
        assertFalse(asked.stream().anyMatch(each -> each.contains("direct.test")), asked.toString());
        assertTrue(building.refused("FROM base\nADD http://files.test/ /in/\n").contains("names no file"));
        assertTrue(building.refused("FROM base\nADD http://files.test/a http://files.test/b /in\n").contains("end \"/in\" with \"/\""));
        assertTrue(building.refused("FROM base\nADD [\"http://files.test/a b\", \"/in/\"]\n").contains("without spaces"));
    }

    @Test
    void aBuildThatWaitsForTheNetIsBrokenOffWithItsClient() throws Exception {
        for (String dockerfile : List.of("FROM base\nADD http://" + address() + "/endless /in/\n", "FROM " + address() + "/slow/image:1\n")) {
            asked.clear();
            int before = building.pods().events("BuildFailed", "").size();
            Process client = building.client(building.context(dockerfile));
            Building.await("the server was asked", () -> !asked.isEmpty());
            client.descendants().forEach(ProcessHandle::destroyForcibly);
            client.destroyForcibly().waitFor();
            Building.await("the build is broken off", () -> building.pods().events("BuildFailed", "").size() == before + 1);
            building.awaitNothingLeft();
        }
    }

    /** 18 MB are far more than sockets hold, and less than a container's log: so the build waits for its reader, and its container does not. */
    @Test
    void outputThatNobodyReadsIsKeptInTheContainersLogAndNotInMemory() throws Exception {
        Path context = building.context("FROM base\nENV unread=1\nRUN yes $(printf %0900d 7) | head -n 20000\n");
        Path tar = building.directory().resolve("unread.tar");
        assertEquals(0, new ProcessBuilder("tar", "-C", context.toString(), "-cf", tar.toString(), ".").inheritIO().start().waitFor());
        try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.connect(UnixDomainSocketAddress.of(building.daemon().run().resolve("api.sock")));
            byte[] body = Files.readAllBytes(tar);
            client.write(ByteBuffer.wrap(("POST /v1/build HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8)));
            for (ByteBuffer rest = ByteBuffer.wrap(body); rest.hasRemaining(); ) {
                client.write(rest);
            }
            Building.await("the command has ended", () -> building.rest().get("/v1/containers?all=true").ok().text().contains("\"state\":\"exited\""));
            assertEquals(List.of(), building.pods().events("BuildStepDone", "RUN yes"), "it did not wait for who reads");
            int characters = 0;
            String last = "";
            BufferedReader reader = new BufferedReader(new InputStreamReader(Channels.newInputStream(client), StandardCharsets.UTF_8));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("{")) {
                    last = line;
                    characters += new ObjectMapper().readTree(line).path("progress").path("text").asText().length();
                }
            }
            assertEquals(20_000 * 901, characters, last);
            assertTrue(new ObjectMapper().readTree(last).has("id"), last);
        }
        building.awaitNothingLeft();
    }
}

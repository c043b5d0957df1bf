package dev.stowbook.supervisor.registry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.image.Digest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProxiesTest {

    private static String chosen(Map<String, String> environment, String address) {
        Proxy proxy = new Proxies(environment).select(URI.create(address)).getFirst();
        return proxy.address() instanceof InetSocketAddress at ? at.getHostString() + ":" + at.getPort() : "direct";
    }

    @Test
    void theVariablesChooseByScheme() {
        Map<String, String> both = Map.of("HTTP_PROXY", "http://one:1", "https_proxy", "two:2");
        assertEquals("one:1", chosen(both, "http://r.example/v2/"));
        assertEquals("two:2", chosen(both, "https://r.example/v2/"));
        assertEquals("direct", chosen(Map.of(), "https://r.example/"));
        assertEquals("one:80", chosen(Map.of("http_proxy", "http://one"), "http://r.example/"));
    }

    @Test
    void thisHostAndNamedOnesAreReachedDirectly() {
        for (String entry : List.of("r.example", "example", ".example", "*.example", "x,r.example", "*", "r.example:443", "R.EXAMPLE")) {
            assertEquals("direct", chosen(Map.of("HTTPS_PROXY", "p:1", "NO_PROXY", entry), "https://r.example/"), entry);
        }
        for (String entry : List.of("ample", "r.example:444", "s.r.example", "10.0.0.0/8")) {
            assertEquals("p:1", chosen(Map.of("HTTPS_PROXY", "p:1", "NO_PROXY", entry), "https://r.example/"), entry);
        }
        assertEquals("direct", chosen(Map.of("HTTP_PROXY", "p:1", "no_proxy", "10.1.0.0/16"), "http://10.1.2.3:5000/"));
        assertEquals("p:1", chosen(Map.of("HTTP_PROXY", "p:1", "no_proxy", "10.1.0.0/16"), "http://10.2.2.3:5000/"));
        for (String local : List.of("localhost", "127.0.0.1", "127.9.9.9", "[::1]")) {
            assertEquals("direct", chosen(Map.of("HTTP_PROXY", "p:1"), "http://" + local + ":5000/"), local);
        }
    }

    @Test
    void aVariableThatHoldsNoAddressIsNamedWithoutItsPassword() {
        String message = assertThrows(IllegalArgumentException.class, () -> new Proxies(Map.of("HTTPS_PROXY", "socks5://u:secret@h:1"))).getMessage();
        assertTrue(message.contains("HTTPS_PROXY") && !message.contains("secret"), message);
    }

    @Test
    void theProxyIsReallyAskedAndToldItsLogin() throws Exception {
        try (ServerSocket proxy = new ServerSocket(0)) {
            CompletableFuture<String> heard = CompletableFuture.supplyAsync(() -> {
                try (Socket client = proxy.accept()) {
                    byte[] head = new byte[4096];
                    int got = client.getInputStream().read(head);
                    client.getOutputStream().write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".getBytes());
                    return new String(head, 0, got);
                } catch (IOException e) {
                    return e.toString();
                }
            });
            RegistrySettings settings = Clients.settings(Map.of("far.example", RegistrySettings.Insecure.HTTP), List.of());
            Map<String, String> environment = Map.of("HTTP_PROXY", "http://ann:pw@127.0.0.1:" + proxy.getLocalPort());
            try (RegistryClient client = RegistryClient.open(settings, environment, "test")) {
                assertTrue(Clients.pulling(client, "far.example/app").manifest("latest").isEmpty());
            }
            String head = heard.get();
            assertTrue(head.startsWith("GET http://far.example/v2/app/manifests/latest HTTP/1.1\r\n"), head);
            assertTrue(head.contains("Proxy-Authorization: Basic YW5uOnB3"), head);
        }
    }

    @Test
    void httpsGoesThroughTheProxyThatIsToldItsLoginAndNobodyElseIs(@TempDir Path scratch) throws Exception {
        String registryName = "registry.stowbook-test.example";
        byte[] small = Clients.bytes("small");
        try (DockerRegistry registry = DockerRegistry.withTls(scratch.resolve("registry"));
                ProxyTunnel proxy = new ProxyTunnel(Integer.parseInt(registry.host().split(":")[1]), "Basic YW5uOnAgdw==")) {
            RegistrySettings settings = Clients.settings(Map.of(), List.of(registry.authority()));
            try (RegistryClient client = RegistryClient.open(settings, Map.of("HTTPS_PROXY", "http://ann:p%20w@127.0.0.1:" + proxy.port()), "test")) {
                Clients.pushing(client, registryName + "/app").upload(small);
                assertArrayEquals(small, Clients.pulling(client, registryName + "/app").document(Digest.of(small)));
            }
            assertTrue(proxy.heads().stream().allMatch(head -> head.startsWith("CONNECT " + registryName + ":443 HTTP/1.1\r\n")), proxy.heads().toString());
            assertFalse(Files.readString(scratch.resolve("registry/log")).contains("YW5uOnAgdw"));
            int before = registry.requests().size();
            try (RegistryClient wrong = RegistryClient.open(settings, Map.of("HTTPS_PROXY", "http://ann:wrong@127.0.0.1:" + proxy.port()), "test")) {
                Repository repository = Clients.pulling(wrong, registryName + "/app");
                RegistryException failure = assertThrows(RegistryException.class, () -> repository.document(Digest.of(small)));
                assertTrue(failure.getMessage().contains("the proxy on the way to registry " + registryName + " wants a login, or another one"), failure.getMessage());
                assertFalse(failure.getMessage().contains("wrong"), failure.getMessage());
            }
            assertEquals(before, registry.requests().size());
        }
    }

    /** What the registry itself is sent, its own end of the tunnel. */
    @Test
    void whatIsForTheProxyIsNotSentOnThroughTheTunnel(@TempDir Path scratch) throws Exception {
        try (HostileTls registry = new HostileTls(scratch);
                ProxyTunnel proxy = new ProxyTunnel(registry.port(), "Basic YW5uOnB3");
                RegistryClient client = RegistryClient.open(
                        Clients.settings(Map.of(), List.of(registry.authority())), Map.of("https_proxy", "ann:pw@127.0.0.1:" + proxy.port()), "test")) {
            assertTrue(Clients.pulling(client, "registry.stowbook-test.example/app").manifest("latest").isEmpty());
            assertEquals(1, registry.headers().size());
            assertTrue(registry.headers().getFirst().keySet().stream().noneMatch(name -> name.equalsIgnoreCase("Proxy-Authorization")),
                    registry.headers().toString());
        }
    }
}

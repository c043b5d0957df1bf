package dev.stowbook.supervisor.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

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
}

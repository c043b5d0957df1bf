package dev.stowbook.supervisor.registry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which proxy leads to an address, by the variables {@code HTTP_PROXY}, {@code HTTPS_PROXY} and {@code NO_PROXY}, in lower case too, as Go's
 * {@code net/http} reads them: {@code NO_PROXY} has names, which stand for what is below them, addresses, networks ({@code 10.0.0.0/8}) and
 * {@code *}, each with an optional port. This host itself is never reached by a proxy.
 */
final class Proxies extends ProxySelector {
    private final Optional<URI> http;
    private final Optional<URI> https;
    private final List<String> direct;

    /** @throws IllegalArgumentException with a sentence, if a variable holds no address */
    Proxies(Map<String, String> environment) {
        http = address(environment, "HTTP_PROXY");
        https = address(environment, "HTTPS_PROXY");
        direct = List.of(value(environment, "NO_PROXY").split("[,\\s]+"));
    }

    private static String value(Map<String, String> environment, String name) {
        String upper = environment.getOrDefault(name, "");
        return upper.isEmpty() ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "") : upper;
    }

    private static Optional<URI> address(Map<String, String> environment, String name) {
        String text = value(environment, name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            URI address = URI.create(text.contains("://") ? text : "http://" + text);
            if ("http".equals(address.getScheme()) && address.getHost() != null) {
                return Optional.of(address);
            }
        } catch (IllegalArgumentException e) {
            // told below, without the text: it may have a password
        }
        throw new IllegalArgumentException("the variable " + name + " holds no address of an http proxy; write it as http://host:port");
    }

    @Override
    public List<Proxy> select(URI address) {
        Optional<URI> proxy = "https".equals(address.getScheme()) ? https : http;
        if (proxy.isEmpty() || isDirect(address)) {
            return List.of(Proxy.NO_PROXY);
        }
        int port = proxy.get().getPort() < 0 ? 80 : proxy.get().getPort();
        return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.get().getHost(), port)));
    }

    private boolean isDirect(URI address) {
        String host = address.getHost().toLowerCase(Locale.ROOT).replaceAll("[\\[\\]]", "");
        Optional<InetAddress> literal = literal(host);
        if (host.equals("localhost") || literal.map(InetAddress::isLoopbackAddress).orElse(false)) {
            return true;
        }
        int port = address.getPort() >= 0 ? address.getPort() : "https".equals(address.getScheme()) ? 443 : 80;
        return direct.stream().anyMatch(entry -> covers(entry.toLowerCase(Locale.ROOT), host, literal, port));
    }

    private static boolean covers(String entry, String host, Optional<InetAddress> literal, int port) {
        if (entry.isEmpty() || entry.equals("*")) {
            return !entry.isEmpty();
        }
        int slash = entry.indexOf('/');
        if (slash > 0) {
            return literal.isPresent() && inNetwork(literal.get(), entry.substring(0, slash), entry.substring(slash + 1));
        }
        String name = entry;
        int colon = entry.lastIndexOf(':');
        if (colon > 0 && entry.indexOf(':') == colon) {
            if (!entry.substring(colon + 1).equals(Integer.toString(port))) {
                return false;
            }
            name = entry.substring(0, colon);
        }
        String bare = name.startsWith("*.") ? name.substring(1) : name;
        return bare.startsWith(".") ? host.endsWith(bare) : host.equals(bare) || host.endsWith("." + bare);
    }

    private static boolean inNetwork(InetAddress address, String network, String prefix) {
        Optional<InetAddress> base = literal(network);
        if (base.isEmpty() || !prefix.matches("[0-9]{1,3}")) {
            return false;
        }
        byte[] left = address.getAddress();
        byte[] right = base.get().getAddress();
        int bits = Integer.parseInt(prefix);
        if (left.length != right.length || bits > left.length * 8) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> bit % 8;
            if ((left[bit / 8] & mask) != (right[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    /** An address that is written as one: no name is looked up. */
    private static Optional<InetAddress> literal(String host) {
        if (!host.matches("[0-9.]+") && !host.contains(":")) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(host));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** What to send along with each request, for a proxy that wants a login. */
    Optional<String> login(URI address) {
        Optional<URI> proxy = "https".equals(address.getScheme()) ? https : http;
        return proxy.filter(any -> !isDirect(address)).map(URI::getUserInfo).map(user -> "Basic " + Base64.getEncoder()
                .encodeToString(user.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
        // whoever asked is told
    }
}

package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code network create}, {@code rm}, {@code prune}, {@code inspect}, {@code connect}, {@code disconnect}. */
final class NetworkCommands {
    private NetworkCommands() {}

    static int run(Session session) throws IOException {
        Arguments arguments = session.arguments();
        return switch (arguments.command().name()) {
            case "network create" -> {
                byte[] answer = post(session, "/v1/networks", created(arguments));
                yield done(session, answer, arguments.operand(0) + " " + ListCommands.shortId(Json.object(answer).text("id")));
            }
            case "network prune" -> prune(session);
            case "network inspect" -> inspect(session);
            case "network connect" -> {
                byte[] answer = post(session, path(arguments.operand(0)) + "/connect", connected(arguments));
                JsonObject connected = Json.object(answer);
                yield done(session, answer, connected.text("pod") + " " + connected.text("interface") + " "
                        + String.join(" ", connected.texts("addresses")));
            }
            case "network disconnect" -> {
                Map<String, Object> body = Map.of("pod", arguments.operand(1));
                yield done(session, post(session, path(arguments.operand(0)) + "/disconnect", body), arguments.operand(1) + " disconnected");
            }
            default -> session.forEach("removed", name -> session.api().delete(path(name)));
        };
    }

    private static String path(String network) {
        return "/v1/networks/" + Api.encode(network);
    }

    private static byte[] post(Session session, String target, Map<String, ? extends @Nullable Object> body) throws IOException {
        return session.api().send("POST", target, "application/json", Map.of(), Json.compact(body));
    }

    private static int done(Session session, byte[] answer, String sentence) {
        if (session.arguments().json()) {
            session.printJson(answer);
        } else {
            session.out().println(Table.printable(sentence));
        }
        return ExitCode.OK;
    }

    /** Gateways belong to subnets in the order in which both are given. */
    private static Map<String, Object> created(Arguments arguments) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", arguments.operand(0));
        List<Map<String, Object>> subnets = new ArrayList<>();
        List<String> gateways = arguments.all("gateway");
        for (String subnet : arguments.all("subnet")) {
            Map<String, Object> each = new LinkedHashMap<>(Map.of("subnet", subnet));
            if (subnets.size() < gateways.size()) {
                each.put("gateway", gateways.get(subnets.size()));
            }
            subnets.add(each);
        }
        if (gateways.size() > subnets.size()) {
            throw Failure.usage("there are more gateways than subnets; give each --gateway its --subnet.");
        }
        body.put("subnets", subnets);
        body.put("ipv6", arguments.has("ipv6"));
        body.put("internal", arguments.has("internal"));
        body.put("isolated", !arguments.has("open"));
        Long mtu = arguments.number("mtu");
        if (mtu != null) {
            body.put("mtu", mtu);
        }
        Map<String, Object> labels = new LinkedHashMap<>();
        for (String label : arguments.all("label")) {
            int equals = label.indexOf('=');
            labels.put(equals < 0 ? label : label.substring(0, equals), equals < 0 ? "" : label.substring(equals + 1));
        }
        body.put("labels", labels);
        return body;
    }

    private static Map<String, Object> connected(Arguments arguments) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("pod", arguments.operand(1));
        for (String field : List.of("address", "address6", "mac")) {
            String value = arguments.option(field);
            if (value != null) {
                body.put(field, value);
            }
        }
        body.put("aliases", arguments.all("alias"));
        Long priority = arguments.number("gateway-priority");
        if (priority != null) {
            body.put("gatewayPriority", priority);
        }
        return body;
    }

    private static int prune(Session session) throws IOException {
        byte[] answer = session.api().post("/v1/networks/prune");
        if (session.arguments().json()) {
            session.printJson(answer);
            return ExitCode.OK;
        }
        for (JsonObject network : Json.object(answer).objects("networks")) {
            session.out().println(Table.printable(network.text("name")) + " removed");
        }
        return ExitCode.OK;
    }

    private static int inspect(Session session) throws IOException {
        List<@Nullable Object> found = new ArrayList<>();
        for (String name : session.arguments().operands()) {
            found.add(Json.parse(session.api().get(path(name))));
        }
        byte[] json = session.arguments().json() ? Json.compact(found) : Json.pretty(found);
        session.out().write(json, 0, json.length);
        session.out().println();
        return ExitCode.OK;
    }
}

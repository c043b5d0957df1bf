package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code ps}, {@code pods}, {@code image ls}, {@code network ls}, {@code diff}. */
final class ListCommands {
    private static final int SHORT_ID = 12;

    private ListCommands() {}

    static int containers(Session session) throws IOException {
        Arguments arguments = session.arguments();
        Query query = new Query("/v1/containers").with("all", arguments.has("all")).with("at", at(arguments));
        byte[] answer = session.api().get(query.toString());
        if (arguments.json()) {
            session.printJson(answer);
            return ExitCode.OK;
        }
        Table table = new Table(2, "CONTAINER", "IMAGE", "STATE", "RESTARTS", "PORTS", "ID");
        for (JsonObject container : Json.objects(answer)) {
            if (arguments.has("quiet")) {
                session.out().println(container.text("ref"));
                continue;
            }
            String state = state(container);
            table.row(Colour.ofState(state), container.text("ref"), container.text("image"), state, Long.toString(container.number("restarts", 0)),
                    ports(container.objects("ports")), shortId(container.text("id")));
        }
        if (!arguments.has("quiet")) {
            session.print(table);
        }
        return ExitCode.OK;
    }

    static @Nullable String at(Arguments arguments) {
        String at = arguments.option("at");
        return at == null ? null : Times.point(at);
    }

    /** {@code running 5m}, {@code exited (3) 2m ago}, {@code waiting, again at 06:12:01.000}. */
    static String state(JsonObject container) {
        String state = container.text("state");
        return switch (state) {
            case "running" -> (state + " " + Times.since(container.text("startedAt"))).strip();
            case "exited" -> state + " (" + container.number("exitCode", -1) + ")" + (container.truth("oomKilled") ? " out of memory" : "") + " "
                    + Times.ago(container.text("finishedAt"));
            case "waiting" -> container.has("nextStartAt") ? state + ", again at " + Times.clock(container.text("nextStartAt")) : state;
            default -> state;
        };
    }

    private static String ports(List<JsonObject> ports) {
        List<String> words = new ArrayList<>();
        for (JsonObject port : ports) {
            long further = port.number("count", 1) - 1;
            String inner = range(port.number("containerPort", 0), further) + "/" + port.text("protocol").toLowerCase(Locale.ROOT);
            String address = port.text("hostAddress");
            String host = address.indexOf(':') < 0 ? address : "[" + address + "]";
            words.add(port.has("hostPort") ? host + ":" + range(port.number("hostPort", 0), further) + "->" + inner : inner);
        }
        return String.join(", ", words);
    }

    private static String range(long first, long further) {
        return first + (further == 0 ? "" : "-" + (first + further));
    }

    static String shortId(String id) {
        String digits = id.startsWith("sha256:") ? id.substring("sha256:".length()) : id;
        return digits.length() > SHORT_ID ? digits.substring(0, SHORT_ID) : digits;
    }

    static int pods(Session session) throws IOException {
        Arguments arguments = session.arguments();
        byte[] answer = session.api().get(new Query("/v1/pods").with("at", at(arguments)).toString());
        if (arguments.json()) {
            session.printJson(answer);
            return ExitCode.OK;
        }
        Table table = new Table(1, "POD", "STATE", "CONTAINERS", "ADDRESS", "AGE", "ID");
        for (JsonObject pod : Json.objects(answer)) {
            if (arguments.has("quiet")) {
                session.out().println(pod.text("name"));
                continue;
            }
            List<JsonObject> containers = pod.objects("containers");
            int running = 0;
            for (JsonObject container : containers) {
                running += container.text("state").equals("running") ? 1 : 0;
            }
            table.row(Colour.ofState(pod.text("state")), pod.text("name"), pod.text("state"), running + " of " + containers.size() + " running", pod.text("address"),
                    Times.since(pod.text("createdAt")), shortId(pod.text("id")));
        }
        if (!arguments.has("quiet")) {
            session.print(table);
        }
        return ExitCode.OK;
    }

    /** {@code A /path}, a line each, as {@code docker diff}. */
    static int changes(Session session) throws IOException {
        byte[] answer = session.api().get("/v1/containers/" + Api.encode(session.arguments().operand(0)) + "/changes");
        if (session.arguments().json()) {
            session.printJson(answer);
            return ExitCode.OK;
        }
        for (JsonObject change : Json.objects(answer)) {
            session.out().println(change.text("kind").substring(0, 1).toUpperCase(Locale.ROOT) + " " + change.text("path"));
        }
        return ExitCode.OK;
    }

    static int images(Session session) throws IOException {
        byte[] answer = session.api().get(new Query("/v1/images").with("all", session.arguments().has("all") ? true : null).toString());
        if (session.arguments().json()) {
            session.printJson(answer);
            return ExitCode.OK;
        }
        Table table = new Table(-1, "IMAGE", "SIZE", "LAYERS", "PLATFORM", "ID");
        for (JsonObject image : Json.objects(answer)) {
            for (String reference : shown(image.texts("references"), session.arguments().has("digests"))) {
                if (session.arguments().has("quiet")) {
                    session.out().println(reference.equals("-") ? image.text("id") : reference);
                    continue;
                }
                table.row(Colour.NONE, reference, Sizes.of(image.number("sizeBytes", 0)), Integer.toString(image.objects("layers").size()),
                        image.text("os") + "/" + image.text("architecture"), shortId(image.text("id")));
            }
        }
        if (!session.arguments().has("quiet")) {
            session.print(table);
        }
        return ExitCode.OK;
    }

    /** An image that has a tag is known by it; the digest that it was pulled by says little more to the eye than its id. */
    private static List<String> shown(List<String> references, boolean digests) {
        List<String> tags = references.stream().filter(reference -> !reference.contains("@")).toList();
        if (references.isEmpty()) {
            return List.of("-");
        }
        return digests || tags.isEmpty() ? references : tags;
    }

    static int networks(Session session) throws IOException {
        byte[] answer = session.api().get("/v1/networks");
        if (session.arguments().json()) {
            session.printJson(answer);
            return ExitCode.OK;
        }
        Table table = new Table(-1, "NETWORK", "DRIVER", "SUBNET", "GATEWAY", "LINK", "PODS", "ID");
        for (JsonObject network : Json.objects(answer)) {
            if (session.arguments().has("quiet")) {
                session.out().println(network.text("name"));
                continue;
            }
            table.row(Colour.NONE, network.text("name"), network.text("driver"), network.text("subnet"), network.text("gateway"), network.text("linkName"),
                    Integer.toString(network.objects("endpoints").size()), shortId(network.text("id")));
        }
        if (!session.arguments().has("quiet")) {
            session.print(table);
        }
        return ExitCode.OK;
    }
}

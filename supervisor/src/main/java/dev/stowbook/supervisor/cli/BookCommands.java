package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code why}, {@code verify}, {@code info}, {@code version}. */
final class BookCommands {
    private BookCommands() {}

    static int run(Session session) throws IOException {
        return switch (session.arguments().command().name()) {
            case "why" -> why(session);
            case "verify" -> verify(session);
            case "info" -> info(session);
            default -> version(session);
        };
    }

    private static int why(Session session) throws IOException {
        Query query = new Query("/v1/why/" + Api.encode(session.arguments().operand(0))).with("type", session.arguments().option("type"));
        byte[] answer = session.api().get(query.toString());
        if (session.arguments().json()) {
            session.printJson(answer);
            return ExitCode.OK;
        }
        boolean people = session.environment().terminalOut();
        Table table = new Table(2, "SEQUENCE", "TIME", "WHAT", "SUMMARY", "BY");
        for (JsonObject link : Json.object(answer).objects("chain")) {
            String type = EventText.type(link.text("type"));
            String cause = link.text("cause");
            String by = link.text("actor") + (cause.isEmpty() ? "" : " (" + cause + ")");
            table.row(EventText.colour(type), Long.toString(link.number("sequence", 0)), Times.clock(link.text("time")), type,
                    people ? shortened(link.text("summary")) : link.text("summary"), by.strip());
        }
        session.print(table);
        return ExitCode.OK;
    }

    /** Digests as tables show ids; whoever reads them by program gets them whole. */
    private static String shortened(String summary) {
        return summary.replaceAll("(sha256:[0-9a-f]{12})[0-9a-f]{52}", "$1");
    }

    private static int verify(Session session) throws IOException {
        byte[] answer = session.api().post("/v1/verify");
        JsonObject report = Json.object(answer);
        boolean ok = report.truth("ok");
        if (session.arguments().json()) {
            session.printJson(answer);
        } else if (ok) {
            session.out().println("The book is whole: " + report.number("entries", 0) + " entries with " + report.number("events", 0)
                    + " events, up to sequence " + report.number("headSequence", 0) + ", hash " + report.text("headHash") + ".");
        } else {
            session.err().println("stowbook: the book is damaged: " + Table.printable(report.text("problem")));
        }
        return ok ? ExitCode.OK : ExitCode.FAILURE;
    }

    private static int info(Session session) throws IOException {
        byte[] answer = session.api().get("/v1/info");
        if (session.arguments().json()) {
            session.printJson(answer);
            return ExitCode.OK;
        }
        JsonObject info = Json.object(answer);
        JsonObject counts = info.object("counts");
        JsonObject drivers = info.object("drivers");
        JsonObject security = info.object("security");
        Table table = new Table(-1, "DAEMON", info.text("version"));
        row(table, "instance", info.text("instanceId"));
        row(table, "process", info.text("pid"));
        row(table, "root", info.text("root"));
        row(table, "run directory", info.text("runDir"));
        row(table, "book", "sequence " + info.number("sequence", 0) + ", durable up to " + info.number("durableSequence", 0));
        row(table, "counts", counts.number("pods", 0) + " pods, " + counts.number("containers", 0) + " containers (" + counts.number("running", 0)
                + " running), " + counts.number("images", 0) + " images");
        row(table, "drivers", "graph " + drivers.text("graph") + ", cgroup " + drivers.text("cgroup") + ", network " + drivers.text("network"));
        row(table, "cgroups", info.text("cgroupMode") + " by " + info.text("cgroupManager") + ": " + names(info.objects("controllers")));
        row(table, "security", "seccomp " + security.text("seccomp") + ", apparmor " + security.text("apparmor") + ", selinux " + security.text("selinux"));
        row(table, "kernel", info.text("kernel"));
        info.texts("warnings").forEach(warning -> row(table, "warning", warning));
        session.print(table);
        return ExitCode.OK;
    }

    private static String names(List<JsonObject> controllers) {
        StringBuilder names = new StringBuilder();
        for (JsonObject controller : controllers) {
            long version = controller.number("version", 0);
            names.append(names.isEmpty() ? "" : ", ").append(controller.text("name")).append(version == 0 ? " absent" : " v" + version);
        }
        return names.toString();
    }

    private static void row(Table table, String name, String value) {
        table.row(Colour.NONE, name, value);
    }

    /** The command's own version always; the daemon's if one answers. */
    private static int version(Session session) throws IOException {
        String own = Stowbook.class.getPackage().getImplementationVersion();
        String client = own == null ? "unpackaged" : own;
        String daemon = "";
        try {
            daemon = Json.object(session.api().get("/v1/info")).text("version");
        } catch (Failure failure) {
            if (failure.exitCode() != ExitCode.UNREACHABLE) {
                throw failure;
            }
        }
        if (session.arguments().json()) {
            Map<String, Object> versions = new LinkedHashMap<>();
            versions.put("client", client);
            versions.put("java", Runtime.version().toString());
            if (!daemon.isEmpty()) {
                versions.put("daemon", daemon);
            }
            session.printJson(Json.compact(versions));
        } else {
            session.out().println("stowbook " + client + " on Java " + Runtime.version());
            session.out().println(daemon.isEmpty() ? "no daemon answers" : "daemon " + daemon);
        }
        return ExitCode.OK;
    }
}

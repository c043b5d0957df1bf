package dev.stowbook.supervisor.cli;

import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.credentials.CredentialException;
import dev.stowbook.supervisor.credentials.CredentialFile;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code pull}, {@code push}, {@code login}, {@code logout}. */
final class RegistryCommands {
    /** Docker's header for a login. */
    static final String LOGIN = "X-Registry-Auth";

    private static final String HUB = "docker.io";

    private RegistryCommands() {}

    static int run(Session session) throws IOException {
        try {
            return switch (session.arguments().command().name()) {
                case "login" -> login(session);
                case "logout" -> logout(session);
                case "push" -> transfer(session, new Query("/v1/images/push").with("reference", session.arguments().operand(0)), "pushed");
                default -> transfer(
                        session,
                        new Query("/v1/images/pull")
                                .with("reference", session.arguments().operand(0))
                                .with("platform", session.arguments().option("platform")),
                        "pulled");
            };
        } catch (CredentialException e) {
            throw new Failure(ExitCode.FAILURE, e.getMessage() + ".");
        }
    }

    private static int transfer(Session session, Query query, String done) throws IOException, CredentialException {
        Map<String, String> headers = loginFor(session, session.arguments().operand(0));
        LayerBars bars = new LayerBars(session.environment());
        JsonObject last = JsonObject.of(null);
        byte[] answer = new byte[0];
        try (HttpResponse response = session.api().call("POST", query.toString(), headers, RequestBody.NONE);
                BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                answer = line.getBytes(StandardCharsets.UTF_8);
                last = Json.object(answer);
                if (last.has("progress")) {
                    bars.show(last.object("progress"));
                }
            }
        } finally {
            bars.end();
        }
        if (last.has("error")) {
            throw Api.refusal(last.object("error"), 500);
        }
        if (!last.has("id")) {
            throw new Failure(ExitCode.FAILURE, "the daemon broke off; 'stowbook events' shows what became of it.");
        }
        for (String warning : last.texts("warnings")) {
            session.err().println(Table.printable("Warning: " + warning + "."));
        }
        if (session.arguments().json()) {
            session.printJson(answer);
        } else {
            session.out().println(Table.printable(last.text("reference") + " " + done + " " + ListCommands.shortId(last.text("id")) + " " + last.text("digest")));
        }
        return ExitCode.OK;
    }

    /** The user's own login for the registry of a reference, if there is one; the daemon uses its own otherwise. */
    private static Map<String, String> loginFor(Session session, String reference) throws CredentialException {
        Optional<CredentialFile> file = CredentialFile.ofUser(session.environment().variables());
        Optional<Credential> login = file.isPresent() ? file.get().find(registryOf(reference), pathOf(reference)) : Optional.empty();
        return login.isEmpty()
                ? Map.of()
                : Map.of(LOGIN, Base64.getUrlEncoder().encodeToString(Json.compact(json(login.get()))));
    }

    private static Map<String, Object> json(Credential login) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (login.identityToken()) {
            json.put("identitytoken", login.secret());
        } else {
            json.put("username", login.user());
            json.put("password", login.secret());
        }
        return json;
    }

    /** A reference begins with a registry if its first part looks like a host; else it is Docker's. */
    static String registryOf(String reference) {
        int slash = reference.indexOf('/');
        String first = slash < 0 ? "" : reference.substring(0, slash);
        boolean host = first.indexOf('.') >= 0 || first.indexOf(':') >= 0 || first.equals("localhost");
        return !host || first.equals("index.docker.io") ? HUB : first;
    }

    /** The repository within its registry; Docker's has those without a name before them in {@code library}. */
    static String pathOf(String reference) {
        String name = reference.replaceFirst("@.*$", "").replaceFirst(":[^:/]*$", "");
        int slash = name.indexOf('/');
        boolean host = slash >= 0 && (!registryOf(reference).equals(HUB) || name.startsWith(HUB + "/") || name.startsWith("index.docker.io/"));
        String path = host ? name.substring(slash + 1) : name;
        return registryOf(reference).equals(HUB) && path.indexOf('/') < 0 ? "library/" + path : path;
    }

    private static CredentialFile file(Session session) {
        return CredentialFile.ofUser(session.environment().variables())
                .orElseThrow(() -> new Failure(ExitCode.FAILURE, "there is nowhere to keep logins: set HOME or DOCKER_CONFIG."));
    }

    private static String registry(Session session) {
        return session.arguments().operands().isEmpty() ? HUB : session.arguments().operand(0);
    }

    private static int login(Session session) throws IOException, CredentialException {
        String registry = registry(session);
        CredentialFile file = file(session);
        String user = session.arguments().option("username");
        Console console = session.arguments().has("password-stdin") ? null : System.console();
        if (user == null && console != null) {
            user = console.readLine("Username: ");
        }
        if (user == null || user.isBlank()) {
            throw Failure.usage("login needs a user name: give it with --username.");
        }
        Credential login = Credential.login(user, password(session, console));
        byte[] answer = session.api().call(
                "POST", new Query("/v1/registries/login").with("registry", registry).toString(), Map.of("Content-Type", "application/json"),
                RequestBody.of(Json.compact(json(login)))).bytes();
        file.store(registry, login);
        if (session.arguments().json()) {
            session.printJson(answer);
        } else {
            session.out().println(Table.printable("logged in at " + registry + "; kept in " + file.path()));
        }
        return ExitCode.OK;
    }

    /** Never an argument: those can be read by everybody on the host. */
    private static String password(Session session, @Nullable Console console) throws IOException {
        if (session.arguments().has("password-stdin")) {
            String password = new String(session.environment().in().readAllBytes(), StandardCharsets.UTF_8);
            return password.replaceFirst("\r?\n$", "");
        }
        char[] typed = console == null ? null : console.readPassword("Password: ");
        if (typed == null || typed.length == 0) {
            throw Failure.usage("login needs a password: type it on a terminal, or pass it with --password-stdin.");
        }
        return new String(typed);
    }

    private static int logout(Session session) throws CredentialException {
        String registry = registry(session);
        boolean known = file(session).erase(registry);
        session.out().println(Table.printable(known ? "logged out of " + registry : "there was no login for " + registry));
        return ExitCode.OK;
    }
}

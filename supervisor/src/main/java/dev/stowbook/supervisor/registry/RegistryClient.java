package dev.stowbook.supervisor.registry;

import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.credentials.CredentialException;
import dev.stowbook.supervisor.credentials.CredentialFile;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The daemon's way to registries. Any thread. */
public final class RegistryClient implements AutoCloseable {
    private final RegistrySettings settings;
    private final Connections connections;
    private final Tokens tokens;
    private final Optional<CredentialFile> logins;

    private RegistryClient(RegistrySettings settings, Connections connections) {
        this.settings = settings;
        this.connections = connections;
        this.tokens = new Tokens(connections, settings, InstantSource.system());
        this.logins = settings.credentials().map(CredentialFile::new);
    }

    /**
     * Opens it; connects to nothing yet.
     *
     * @param environment for the proxy variables
     * @param version of this build, told to registries
     * @throws RegistryException if the settings name a file, or the environment a proxy, that is of no use
     */
    public static RegistryClient open(RegistrySettings settings, Map<String, String> environment, String version) throws RegistryException {
        return new RegistryClient(settings, new Connections(settings, environment, version));
    }

    /**
     * A repository to pull from: its mirrors are asked first.
     *
     * @param login for the registry itself, in place of what the daemon's own file has
     */
    public Repository pulling(ImageReference reference, Optional<Credential> login) throws RegistryException {
        ImageReference full = reference.canonical();
        String path = pathOf(full);
        List<Requests> places = new ArrayList<>();
        for (Endpoint endpoint : Endpoint.of(registryOf(full), settings)) {
            places.add(requests(endpoint, registryOf(full), path, "repository:" + path + ":pull", login));
        }
        return new Repository(path, reference.toString(), places, settings);
    }

    /**
     * A repository to push to.
     *
     * @param mountFrom a repository of the same registry that may have layers of it: reading it is asked for, too
     */
    public Repository pushing(ImageReference reference, Optional<Credential> login, List<String> mountFrom) throws RegistryException {
        ImageReference full = reference.canonical();
        String path = pathOf(full);
        StringBuilder scope = new StringBuilder("repository:" + path + ":pull,push");
        mountFrom.stream().filter(other -> !other.equals(path)).distinct().forEach(other -> scope.append(" repository:").append(other).append(":pull"));
        Endpoint itself = Endpoint.itself(registryOf(full), settings);
        return new Repository(path, reference.toString(), List.of(requests(itself, registryOf(full), path, scope.toString(), login)), settings);
    }

    private Requests requests(Endpoint endpoint, String registry, String path, String scope, Optional<Credential> login) throws RegistryException {
        Optional<Credential> credential = login.isPresent() && endpoint.registry().equals(registry) ? login : known(endpoint, path);
        return new Requests(endpoint, connections, new Authorization(endpoint, credential, scope, tokens), settings.attempts());
    }

    private Optional<Credential> known(Endpoint endpoint, String path) throws RegistryException {
        try {
            return logins.isPresent() ? logins.get().find(endpoint.registry(), path) : Optional.empty();
        } catch (CredentialException e) {
            throw new RegistryException(ErrorCode.INVALID, "the logins for " + endpoint.registry() + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The registry of a reference with everything spelt out: {@code docker.io}, {@code host:port}. */
    public static String registryOf(ImageReference reference) {
        String name = reference.canonical().name();
        return name.substring(0, name.indexOf('/'));
    }

    /** Its repository within the registry. */
    public static String pathOf(ImageReference reference) {
        String name = reference.canonical().name();
        return name.substring(name.indexOf('/') + 1);
    }

    /** Checks a login at its registry. @throws RegistryException if it is not accepted */
    public void check(String registry, Credential login) throws RegistryException {
        Endpoint itself = Endpoint.itself(registry, settings);
        Requests requests = new Requests(itself, connections, new Authorization(itself, Optional.of(login), "", tokens), settings.attempts());
        var question = Requests.Question.get(itself.at(""), Map.of(), "its API");
        try (var body = requests.expect(question, 200).body()) {
            body.readNBytes(1 << 10);
        } catch (IOException e) {
            // the status was what counted
        }
    }

    /** The same way to what is no registry. */
    public Web web() {
        return new Web(connections);
    }

    public RegistrySettings settings() {
        return settings;
    }

    @Override
    public void close() {
        connections.close();
    }
}

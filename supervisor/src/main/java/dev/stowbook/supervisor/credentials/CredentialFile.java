package dev.stowbook.supervisor.credentials;

import com.fasterxml.jackson.core.JacksonException;
import dev.stowbook.supervisor.json.PlainJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Docker's {@code config.json}: {@code auths} by registry, {@code credsStore} and {@code credHelpers} (docker login, "Credential stores"); keys of
 * {@code auths} may name a part of a registry (containers-auth.json(5)). What else is in it stays as it is. Read anew at each question: others
 * write it, too.
 */
public final class CredentialFile {
    private static final String HUB_KEY = "https://index.docker.io/v1/";

    private final Path file;

    public CredentialFile(Path file) {
        this.file = file;
    }

    /** Where a user's is: {@code $DOCKER_CONFIG/config.json}, or {@code ~/.docker/config.json}; empty without both. */
    public static Optional<CredentialFile> ofUser(Map<String, String> environment) {
        String directory = environment.getOrDefault("DOCKER_CONFIG", "");
        String home = environment.getOrDefault("HOME", "");
        if (directory.isEmpty() && home.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new CredentialFile((directory.isEmpty() ? Path.of(home, ".docker") : Path.of(directory)).resolve("config.json")));
    }

    /** The file. */
    public Path path() {
        return file;
    }

    /** The login for a registry ({@code docker.io}, {@code host:port}) as a whole; empty if there is none. */
    public Optional<Credential> find(String registry) throws CredentialException {
        return find(registry, "");
    }

    /**
     * The login for a repository: that of the longest part of its name that the file has one for, else the registry's.
     *
     * @param path the repository within the registry: {@code library/nginx}
     */
    public Optional<Credential> find(String registry, String path) throws CredentialException {
        Map<String, @Nullable Object> config = read();
        Optional<Credential> ofPart = inFile(config, CredentialKey.ofParts(Fields.below(config, "auths").keySet(), registry, path));
        return ofPart.isPresent() ? ofPart : ofRegistry(config, registry);
    }

    private Optional<Credential> ofRegistry(Map<String, @Nullable Object> config, String registry) throws CredentialException {
        Optional<CredentialHelper> helper = helper(config, registry);
        if (helper.isPresent()) {
            Optional<Credential> found = helper.get().find(serverOf(registry));
            if (found.isPresent()) {
                return found;
            }
        }
        return inFile(config, CredentialKey.ofRegistry(Fields.below(config, "auths").keySet(), registry));
    }

    /** What the file itself has, of the first of these keys that has something. */
    private Optional<Credential> inFile(Map<String, @Nullable Object> config, List<String> keys) throws CredentialException {
        Map<String, @Nullable Object> auths = Fields.below(config, "auths");
        for (String key : keys) {
            Optional<Credential> found = credential(Fields.below(auths, key), key);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static Optional<CredentialHelper> helper(Map<String, @Nullable Object> config, String registry) throws CredentialException {
        Map<String, @Nullable Object> helpers = Fields.below(config, "credHelpers");
        List<String> keys = CredentialKey.ofRegistry(helpers.keySet(), registry);
        if (!keys.isEmpty()) {
            return Optional.of(new CredentialHelper(Fields.text(helpers, keys.getFirst())));
        }
        String store = Fields.text(config, "credsStore");
        return store.isEmpty() ? Optional.empty() : Optional.of(new CredentialHelper(store));
    }

    private Optional<Credential> credential(Map<String, @Nullable Object> entry, String key) throws CredentialException {
        String token = Fields.text(entry, "identitytoken");
        if (!token.isEmpty()) {
            return Optional.of(Credential.token(token));
        }
        String user = Fields.text(entry, "username");
        if (!user.isEmpty()) {
            return Optional.of(Credential.login(user, Fields.text(entry, "password")));
        }
        String auth = Fields.text(entry, "auth");
        if (auth.isEmpty()) {
            return Optional.empty(); // docker leaves an empty entry where a helper keeps the login
        }
        try {
            String pair = new String(Base64.getDecoder().decode(auth.strip()), StandardCharsets.UTF_8);
            int colon = pair.indexOf(':');
            if (colon > 0) {
                return Optional.of(Credential.login(pair.substring(0, colon), pair.substring(colon + 1).replaceAll("\0+$", "")));
            }
        } catch (IllegalArgumentException e) {
            // told below, without the text
        }
        throw new CredentialException(file + ": auths of " + key + ": \"auth\" is not user:password in base64; log in again");
    }

    /** Keeps a login: with the helper that the file names, else in the file, which only its owner can read (0600). */
    public void store(String registry, Credential credential) throws CredentialException {
        Map<String, @Nullable Object> config = read();
        Optional<CredentialHelper> helper = helper(config, registry);
        Map<String, @Nullable Object> entry = Fields.made(Fields.made(config, "auths"), keyOf(config, registry));
        entry.clear();
        if (helper.isPresent()) {
            helper.get().store(serverOf(registry), credential);
        } else if (credential.identityToken()) {
            entry.put("identitytoken", credential.secret());
        } else {
            String pair = credential.user() + ":" + credential.secret();
            entry.put("auth", Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
        }
        write(config);
    }

    /** Forgets a login, of this file and of its helper, which may know one that the file does not name; says whether there was one. */
    public boolean erase(String registry) throws CredentialException {
        Map<String, @Nullable Object> config = read();
        boolean erased = false;
        Optional<CredentialHelper> helper = helper(config, registry);
        if (helper.isPresent() && helper.get().find(serverOf(registry)).isPresent()) {
            helper.get().erase(serverOf(registry));
            erased = true;
        }
        String key = keyOf(config, registry);
        if (Fields.below(config, "auths").containsKey(key)) {
            Fields.made(config, "auths").remove(key);
            write(config);
            erased = true;
        }
        return erased;
    }

    private static String keyOf(Map<String, @Nullable Object> config, String registry) {
        List<String> known = CredentialKey.ofRegistry(Fields.below(config, "auths").keySet(), registry);
        return known.isEmpty() ? serverOf(registry) : known.getFirst();
    }

    private static String serverOf(String registry) {
        return registry.equals(CredentialKey.HUB) ? HUB_KEY : registry;
    }

    private Map<String, @Nullable Object> read() throws CredentialException {
        try {
            return Fields.object(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return new LinkedHashMap<>();
        } catch (JacksonException e) {
            throw new CredentialException(file + " is no JSON (line " + e.getLocation().getLineNr() + "): mend it, or move it away and log in again");
        } catch (IOException e) {
            throw new CredentialException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void write(Map<String, @Nullable Object> config) throws CredentialException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            if (!Files.isDirectory(file.getParent())) {
                Files.createDirectories(file.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(fresh, PlainJson.write(config, true), StandardOpenOption.WRITE, StandardOpenOption.SYNC);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new CredentialException(file + " cannot be written: " + e.getMessage(), e);
        }
    }
}

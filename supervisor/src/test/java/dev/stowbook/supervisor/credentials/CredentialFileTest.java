package dev.stowbook.supervisor.credentials;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialFileTest {
    @TempDir
    Path directory;

    private CredentialFile file(String json) throws Exception {
        Path path = directory.resolve("config.json");
        Files.writeString(path, json);
        return new CredentialFile(path);
    }

    @Test
    void whatDockerWritesIsRead() throws Exception {
        CredentialFile file = file("""
                {"auths": {
                  "https://index.docker.io/v1/": {"auth": "YW5uOnNlOmNyZXQ="},
                  "https://registry.example:5000/v2/": {"auth": "Ym9iOng="},
                  "quay.io": {"identitytoken": "tok"},
                  "empty.example": {},
                  "plain.example": {"username": "u", "password": "p"}},
                 "HttpHeaders": {"X": "1"}}""");
        assertEquals(Optional.of(Credential.login("ann", "se:cret")), file.find("docker.io"));
        assertEquals(Optional.of(Credential.login("bob", "x")), file.find("registry.example:5000"));
        assertEquals(Optional.of(Credential.token("tok")), file.find("quay.io"));
        assertEquals(Optional.of(Credential.login("u", "p")), file.find("plain.example"));
        assertEquals(Optional.empty(), file.find("empty.example"));
        assertEquals(Optional.empty(), file.find("registry.example"));
        assertEquals(Optional.empty(), new CredentialFile(directory.resolve("absent")).find("quay.io"));
    }

    @Test
    void theLoginOfTheNearestPartOfARegistryIsTaken() throws Exception {
        CredentialFile file = file("""
                {"auths": {
                  "r.example/team": {"username": "team", "password": "p"},
                  "r.example": {"username": "all", "password": "p"},
                  "r.example/team/app/": {"username": "app", "password": "p"},
                  "r.example/team/empty": {},
                  "other.example/team": {"username": "part", "password": "p"},
                  "old.example/v1/": {"username": "old", "password": "p"},
                  "http://address.example/team": {"username": "address", "password": "p"},
                  "https://twice.example/v2/": {"username": "address", "password": "p"},
                  "twice.example": {"username": "name", "password": "p"},
                  "docker.io/library": {"username": "library", "password": "p"},
                  "https://index.docker.io/v1/": {"username": "hub", "password": "p"}}}""");
        assertEquals("app", file.find("r.example", "team/app").orElseThrow().user());
        assertEquals("app", file.find("r.example", "team/app/more").orElseThrow().user());
        assertEquals("team", file.find("r.example", "team/apple").orElseThrow().user());
        assertEquals("team", file.find("r.example", "team/empty").orElseThrow().user());
        assertEquals("all", file.find("r.example", "teams/app").orElseThrow().user());
        assertEquals("all", file.find("r.example").orElseThrow().user());
        assertEquals("part", file.find("other.example", "team/app").orElseThrow().user());
        assertEquals(Optional.empty(), file.find("other.example", "else/app"), "another part's login goes to nobody else");
        assertEquals(Optional.empty(), file.find("other.example"));
        assertEquals("old", file.find("old.example", "v1/app").orElseThrow().user());
        assertEquals("old", file.find("old.example", "any/app").orElseThrow().user());
        assertEquals("address", file.find("address.example", "any/app").orElseThrow().user());
        assertEquals("name", file.find("twice.example", "any/app").orElseThrow().user());
        assertEquals("library", file.find("docker.io", "library/nginx").orElseThrow().user());
        assertEquals("hub", file.find("docker.io", "team/app").orElseThrow().user());
    }

    @Test
    void loggingInAndOutLeavesTheLoginsOfPartsAlone() throws Exception {
        CredentialFile file = file("{\"auths\": {\"r.example/team\": {\"username\": \"team\", \"password\": \"p\"}}}");
        assertFalse(file.erase("r.example"));
        file.store("r.example", Credential.login("all", "p"));
        assertEquals("team", file.find("r.example", "team/app").orElseThrow().user());
        assertEquals("all", file.find("r.example", "else/app").orElseThrow().user());
        assertTrue(file.erase("r.example"));
        assertEquals(Optional.empty(), file.find("r.example", "else/app"));
        assertEquals("team", file.find("r.example", "team/app").orElseThrow().user());
    }

    @Test
    void aLoginIsKeptForItsOwnerOnlyAndTheRestOfTheFileStays() throws Exception {
        Path path = directory.resolve("deep/config.json");
        CredentialFile file = new CredentialFile(path);
        file.store("docker.io", Credential.login("ann", "secret"));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path.getParent())));
        assertTrue(Files.readString(path).contains("https://index.docker.io/v1/"));
        Files.writeString(path, Files.readString(path).replaceFirst("\\{", "{\"detachKeys\":\"ctrl-a\","));
        file.store("a.example:5000", Credential.token("tok"));
        assertTrue(Files.readString(path).contains("detachKeys"));
        assertEquals(Optional.of(Credential.login("ann", "secret")), file.find("docker.io"));
        assertTrue(file.erase("docker.io"));
        assertFalse(file.erase("docker.io"));
        assertEquals(Optional.empty(), file.find("docker.io"));
        assertEquals(Optional.of(Credential.token("tok")), file.find("a.example:5000"));
    }

    @Test
    void aDamagedFileIsNamedWithoutItsSecrets() throws Exception {
        CredentialFile file = file("{\"auths\": {\"quay.io\": {\"auth\": \"c2VjcmV0\"}}}");
        String message = assertThrows(CredentialException.class, () -> file.find("quay.io")).getMessage();
        assertTrue(message.contains("auths of quay.io") && !message.contains("c2VjcmV0") && !message.contains("secret"), message);
        CredentialFile cut = file("{\"auths\": {\"quay.io\": {\"auth\": \"c2Vj");
        String other = assertThrows(CredentialException.class, () -> cut.find("quay.io")).getMessage();
        assertTrue(other.contains("is no JSON") && !other.contains("c2Vj"), other);
    }

    @Test
    void aHelpersNameCannotLeadElsewhere() throws Exception {
        CredentialFile file = file("{\"credsStore\": \"../../tmp/evil\"}");
        assertThrows(CredentialException.class, () -> file.find("quay.io"));
        CredentialFile missing = file("{\"credHelpers\": {\"quay.io\": \"stowbook-test-not-there\"}}");
        String message = assertThrows(CredentialException.class, () -> missing.find("quay.io")).getMessage();
        assertTrue(message.contains("docker-credential-stowbook-test-not-there cannot be run"), message);
        assertEquals(Optional.empty(), missing.find("other.example"));
    }

    @Test
    void theFileIsWhereDockerHasIt() {
        assertEquals(Path.of("/h/.docker/config.json"), CredentialFile.ofUser(Map.of("HOME", "/h")).orElseThrow().path());
        assertEquals(Path.of("/d/config.json"), CredentialFile.ofUser(Map.of("HOME", "/h", "DOCKER_CONFIG", "/d")).orElseThrow().path());
        assertEquals(Optional.empty(), CredentialFile.ofUser(Map.of()));
    }

    @Test
    void noSecretIsInAText() {
        assertFalse(Credential.login("ann", "secret").toString().contains("secret"));
        assertFalse(Credential.token("secret").toString().contains("secret"));
    }
}

package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.testkit.RequiresRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Logins that a program on the PATH keeps, by Docker's protocol: a shell script that writes down what it is asked. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoginsIT {
    /** One file for each server, named by its digest; what is asked is written to {@code asked}. */
    private static final String HELPER = """
            #!/bin/sh
            set -eu
            dir=${0%/*}
            input=$(cat)
            case $1 in
                store) server=$(printf %s "$input" | sed 's/.*"ServerURL" *: *"\\([^"]*\\)".*/\\1/') ;;
                *) server=$input ;;
            esac
            echo "$1 $server" >> "$dir/asked"
            kept=$dir/kept-$(printf %s "$server" | sha256sum | cut -c1-16)
            case $1 in
                store) printf %s "$input" > "$kept" ;;
                get) [ -f "$kept" ] || { echo "credentials not found in native keychain"; exit 1; }; cat "$kept" ;;
                erase) rm -f "$kept" ;;
            esac
            """;

    private RegistryDaemon daemon;
    private DockerRegistry locked;
    private Path home;
    private Path programs;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        locked = DockerRegistry.withLogin(directory.resolve("locked"));
        daemon = RegistryDaemon.start(
                Files.createDirectory(directory.resolve("daemon")), "insecure: {\"" + locked.host() + "\": http}",
                "credentials: " + directory.resolve("nobody.json"), "attempts: 2");
        RegistryDaemon.push(daemon.layout("locked"), locked.host() + "/app:v1", "--dest-creds", DockerRegistry.USER + ":" + DockerRegistry.PASSWORD);
    }

    @AfterAll
    void stop() throws Exception {
        try (DockerRegistry one = locked) {
            daemon.daemon().close();
        }
    }

    @BeforeEach
    void haveHelper() throws Exception {
        home = Files.createTempDirectory(daemon.directory(), "home-");
        programs = Files.createDirectory(home.resolve("bin"));
        helper("stowbook-test", HELPER);
    }

    private void helper(String name, String script) throws Exception {
        Path program = programs.resolve("docker-credential-" + name);
        Files.writeString(program, script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    private void config(String json) throws Exception {
        Files.writeString(Files.createDirectories(home.resolve(".docker")).resolve("config.json"), json);
    }

    private String stowbook(String before, String words) throws Exception {
        return DockerRegistry.run("env", "-u", "DOCKER_CONFIG", "HOME=" + home, "PATH=" + programs + ":" + System.getenv("PATH"), "sh", "-c",
                before + Command.REPOSITORY.resolve("bin/stowbook") + " -H unix://" + daemon.daemon().run().resolve("api.sock") + " " + words + " 2>&1 || true");
    }

    private List<String> asked() throws Exception {
        return Files.exists(programs.resolve("asked")) ? Files.readAllLines(programs.resolve("asked")) : List.of();
    }

    @Test
    void i13_aLoginIsKeptByTheHelperThatTheFileNamesAndByNobodyElse() throws Exception {
        config("{\"credHelpers\": {\"" + locked.host() + "\": \"stowbook-test\"}, \"psFormat\": \"table\"}");
        String told = stowbook("echo '" + DockerRegistry.PASSWORD + "' | ", "login -u " + DockerRegistry.USER + " --password-stdin " + locked.host());
        assertTrue(told.contains("logged in at " + locked.host()), told);
        assertEquals(List.of("store " + locked.host()), asked());
        String file = Files.readString(home.resolve(".docker/config.json"));
        String secret = Base64.getEncoder().encodeToString((DockerRegistry.USER + ":" + DockerRegistry.PASSWORD).getBytes());
        assertFalse(file.contains(DockerRegistry.PASSWORD) || file.contains(secret.substring(0, 12)), file);
        assertTrue(file.contains("psFormat") && file.contains(locked.host()), file);
        String pulled = stowbook("", "pull " + locked.host() + "/app:v1");
        assertTrue(pulled.contains("/app:v1 pulled"), pulled);
        assertEquals(List.of("store " + locked.host(), "get " + locked.host()), asked());
        // skopeo reads the same file, and asks the same program
        DockerRegistry.run("env", "HOME=" + home, "PATH=" + programs + ":" + System.getenv("PATH"), "skopeo", "inspect", "--authfile",
                home.resolve(".docker/config.json").toString(), "--tls-verify=false", "docker://" + locked.host() + "/app:v1");
        assertTrue(stowbook("", "logout " + locked.host()).contains("logged out of"));
        assertEquals("erase " + locked.host(), asked().getLast());
        String refused = stowbook("", "push " + locked.host() + "/app:v1");
        assertTrue(refused.contains("run 'stowbook login " + locked.host() + "'"), refused);
    }

    @Test
    void aLoginThatOnlyTheHelperKnowsIsUsedAndForgotten() throws Exception {
        config("{\"credsStore\": \"stowbook-test\"}");
        DockerRegistry.run("sh", "-c", "printf '{\"ServerURL\":\"" + locked.host() + "\",\"Username\":\"" + DockerRegistry.USER + "\",\"Secret\":\"" + DockerRegistry.PASSWORD
                + "\"}' | " + programs.resolve("docker-credential-stowbook-test") + " store");
        String pulled = stowbook("", "pull " + locked.host() + "/app:v1");
        assertTrue(pulled.contains("/app:v1 pulled"), pulled);
        assertTrue(stowbook("", "logout " + locked.host()).contains("logged out of"));
        assertTrue(stowbook("", "logout " + locked.host()).contains("there was no login"));
        assertEquals(1, asked().stream().filter(("erase " + locked.host())::equals).count());
    }

    @Test
    void whoKnowsNobodyIsAskedAndNotBelieved() throws Exception {
        helper("stowbook-test", "#!/bin/sh\necho $1 $(cat) >> $(dirname $0)/asked\necho '{\"ServerURL\":\"\",\"Username\":\"\",\"Secret\":\"\"}'\n");
        config("{\"credsStore\": \"stowbook-test\"}");
        String refused = stowbook("", "pull " + locked.host() + "/app:v1");
        assertTrue(refused.contains("run 'stowbook login " + locked.host() + "'"), refused);
        assertEquals(List.of("get " + locked.host()), asked());
    }

    @Test
    void aHelperThatFailsIsNamedAndWhatItSaidIsNot() throws Exception {
        helper("stowbook-test", "#!/bin/sh\necho 'the secret is hunter2'\nexit 3\n");
        config("{\"credsStore\": \"stowbook-test\"}");
        String failed = stowbook("", "pull " + locked.host() + "/app:v1");
        assertTrue(failed.contains("docker-credential-stowbook-test get failed with exit code 3"), failed);
        assertFalse(failed.contains("hunter2"), failed);
    }
}

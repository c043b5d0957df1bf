package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What containers do to their root file systems, as the daemon, the kernel and the book show it. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GraphRowsIT {
    private DaemonProcess daemon;
    private Rest rest;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        daemon.importBusybox();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
    }

    @AfterEach
    void removePods() throws IOException {
        daemon.removeAllPods();
    }

    private JsonNode run(String name, String image) throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: main, image: %s, command: [sleep, "1000"]}
                """.formatted(name, image)).ok();
        JsonNode container = rest.get("/v1/containers/" + name).ok().json();
        for (int i = 0; i < 6000 && !container.get("state").asText().equals("running"); i++) {
            Thread.sleep(10);
            container = rest.get("/v1/containers/" + name).ok().json();
        }
        assertEquals("running", container.get("state").asText(), container.toString());
        return container;
    }

    private String stowbook(String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("-H", "unix://" + daemon.run().resolve("api.sock")));
        all.addAll(List.of(words));
        Command command = Command.stowbook(all.toArray(new String[0]));
        assertEquals(0, command.exitCode(), command.err());
        return command.out();
    }

    private static Path merged(JsonNode container) {
        return Path.of("/proc/" + container.get("pid").asLong() + "/root");
    }

    /** The upper directory that the kernel says is mounted. */
    private static Path upper(JsonNode container) throws IOException {
        String root = Files.readAllLines(Path.of("/proc/" + container.get("pid").asLong() + "/mountinfo")).stream()
                .filter(line -> line.split(" ")[4].equals("/"))
                .findFirst()
                .orElseThrow();
        return Path.of(root.replaceFirst(".*upperdir=", "").replaceFirst(",.*", ""));
    }

    @Test
    void u6_aDirectoryReplacedInAContainerIsToldAsDeletedAndAdded() throws Exception {
        JsonNode container = run("u6", "busybox");
        stowbook("exec", "u6", "--", "sh", "-c", "rm -r /www && mkdir /www && echo new > /www/new");
        assertEquals(List.of("new"), names(merged(container).resolve("www")));
        assertEquals("D /www/index.html\nA /www/new\n", lines("u6", "/www/"));
        byte[] mark = FileCalls.linux().xattr(LibC.AT_FDCWD, upper(container).resolve("www").toString(), "trusted.overlay.opaque").orElseThrow();
        assertEquals("y", new String(mark, StandardCharsets.US_ASCII));
    }

    private static List<String> names(Path directory) throws IOException {
        try (var entries = Files.list(directory)) {
            return entries.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private String lines(String container, String about) throws Exception {
        return stowbook("diff", container).lines().filter(line -> line.contains(about)).map(line -> line + "\n").reduce("", String::concat);
    }

    @Test
    void u7_aFileMadeByExecIsShownAsAddedAndStandsInUpperAndInMerged() throws Exception {
        JsonNode container = run("u7", "busybox");
        assertEquals("", lines("u7", "/www"));
        stowbook("exec", "u7", "--", "sh", "-c", "touch /www/made && rm /etc/group && chown 5 /bin/busybox");
        String diff = stowbook("diff", "u7");
        assertTrue(diff.contains("A /www/made\n"), diff);
        assertTrue(diff.contains("M /www\n"), diff);
        assertTrue(diff.contains("D /etc/group\n"), diff);
        assertTrue(diff.contains("M /bin/busybox\n"), diff);
        assertEquals(diff.lines().sorted((a, b) -> a.substring(2).compareTo(b.substring(2))).toList(), diff.lines().toList());
        for (Path tree : List.of(upper(container), merged(container))) {
            assertEquals(0, Files.size(tree.resolve("www/made")), tree.toString());
        }
        assertFalse(Files.exists(merged(container).resolve("etc/group"), LinkOption.NOFOLLOW_LINKS));
        JsonNode changes = rest.get("/v1/containers/u7/changes").ok().json();
        assertTrue(changes.toString().contains("{\"kind\":\"added\",\"path\":\"/www/made\"}"), changes.toString());
        assertEquals(404, rest.get("/v1/containers/nobody/changes").status());
    }

    @Test
    void u8_aufsIsKnownByNameAndRefusedWithWhatToUse(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("config.yaml"), "drivers: {graph: aufs}\n");
        String sentence = Command.refusedDaemon(
                directory.resolve("root"), directory.resolve("run"), "--config", directory.resolve("config.yaml").toString());
        assertTrue(sentence.contains("aufs: no plugin provides it; there are [overlay, vfs]"), sentence);
        assertTrue(sentence.contains("overlay stacks directories as it did, use that"), sentence);
    }

    @Test
    void u13_aKernelInAnImageIsAFileLikeAnyOther() throws Exception {
        byte[] kernel = "no kernel, and nobody looks".getBytes(StandardCharsets.US_ASCII);
        rest.post("/v1/images/import?reference=with-boot", "application/x-tar", BusyboxTar.with(tar -> {
            BusyboxTar.file(tar, "boot/vmlinuz-99.0", kernel, 0100755);
            BusyboxTar.file(tar, "boot/grub/grub.cfg", "default 0\n".getBytes(StandardCharsets.US_ASCII), 0100644);
            BusyboxTar.file(tar, "lib/modules/99.0/evil.ko", kernel, 0100644);
        })).ok();
        JsonNode container = run("u13", "with-boot");
        String host = Files.readString(Path.of("/proc/sys/kernel/osrelease"));
        assertEquals(host, stowbook("exec", "u13", "--", "uname", "-r"));
        assertEquals(new String(kernel, StandardCharsets.US_ASCII), stowbook("exec", "u13", "--", "cat", "/boot/vmlinuz-99.0"));
        assertFalse(Files.exists(upper(container).resolve("boot")), "nothing touched it");
        assertFalse(Files.exists(Path.of("/sys/module/evil")));
    }

    @Test
    void aLimitOnStorageThatTheDriverCannotKeepFailsTheStartByName() throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: limited}
                spec:
                  restartPolicy: Never
                  containers:
                    - {name: main, image: busybox, command: [sleep, "1000"], resources: {limits: {ephemeral-storage: 10Mi}}}
                """).ok();
        String why = "";
        for (int i = 0; i < 6000 && !why.contains("only on btrfs"); i++) {
            Thread.sleep(10);
            why = stowbook("why", "limited");
        }
        assertTrue(why.contains("the driver overlay can limit what a container writes only on btrfs"), why);
        assertTrue(rest.get("/v1/containers/limited").ok().json().path("pid").isMissingNode());
    }
}

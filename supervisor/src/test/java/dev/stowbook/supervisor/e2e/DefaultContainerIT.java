package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a container whose manifest says nothing cannot do, tried by root inside it through system calls of its own ({@code src/test/c/probe.c});
 * {@code docs/security.md} names these tests beside the threats. Each also tries something that must succeed, so that a probe that does not
 * work is not taken for safety.
 */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DefaultContainerIT {
    private static final Path PROBE =
            Path.of(System.getProperty("stowbook.repository")).resolve("supervisor/target/keeper-sanitized/probe");
    private static final Set<String> REFUSED = Set.of("EPERM", "EACCES", "EROFS", "ENOSYS");
    private static final long DEFAULT_CAPABILITIES = 0xa80425fbL;

    private final AtomicInteger count = new AtomicInteger();
    private DaemonProcess daemon;
    private Rest rest;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        byte[] image = BusyboxTar.with(tar -> {
            byte[] probe = Files.readAllBytes(PROBE);
            BusyboxTar.file(tar, "bin/probe", probe, 0100755);
            BusyboxTar.file(tar, "bin/setuid-probe", probe, 0104755);
            withCapability(tar, "bin/admin-probe", probe, 21 /* SYS_ADMIN, not in the default set */);
            withCapability(tar, "bin/chown-probe", probe, 0 /* CHOWN, in the default set */);
        });
        rest.post("/v1/images/import?reference=probe", "application/x-tar", image).ok();
    }

    /** A file that gains a capability when executed: capabilities(7), "File capabilities", version 2, effective. */
    private static void withCapability(TarArchiveOutputStream tar, String name, byte[] content, int capability) throws IOException {
        byte[] value = new byte[20];
        value[0] = 1;
        value[3] = 2;
        value[4 + capability / 8] = (byte) (1 << capability % 8);
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.addPaxHeader("SCHILY.xattr.security.capability", new String(value, StandardCharsets.ISO_8859_1));
        BusyboxTar.file(tar, entry, content, 0100755);
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
    }

    @AfterEach
    void removePods() throws IOException {
        daemon.removeAllPods();
    }

    /** Whether its root is the host's; another test runs all of this where it is. */
    boolean hostUsers() {
        return false;
    }

    private static boolean isOnTheHost(String path) {
        return Files.exists(Path.of(path));
    }

    /** Runs a shell script in a new default container and gives what it printed. */
    private String run(String security, String script) throws Exception {
        String name = "probe-" + count.incrementAndGet();
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  hostUsers: %s
                  containers:
                    - name: main
                      image: probe
                      command: [sh, -c, '%s']
                      env: [{name: PROBE, value: "1"}]
                      securityContext: {%s}
                """.formatted(name, hostUsers(), script, security)).ok();
        rest.post("/v1/containers/" + name + "/wait").ok();
        return rest.get("/v1/containers/" + name + "/logs").ok().text();
    }

    /** What the kernel answered to each attempt. */
    private Map<String, String> probe(String... attempts) throws Exception {
        Map<String, String> answers = new TreeMap<>();
        for (String line : run("", "probe " + String.join(" -- ", attempts)).lines().toList()) {
            int colon = line.lastIndexOf(": ");
            answers.put(line.substring(0, colon), line.substring(colon + 2));
        }
        assertEquals(Set.of(attempts), answers.keySet());
        return answers;
    }

    private void refused(String... attempts) throws Exception {
        probe(attempts).forEach((attempt, answer) -> assertTrue(REFUSED.contains(answer), attempt + " was answered with " + answer));
    }

    @Test
    void itNeitherSeesNorSignalsTheHostsProcesses() throws Exception {
        Map<String, String> answers = probe("kill 1", "kill " + daemon.pid(), "ptrace " + daemon.pid(), "exists /proc/" + daemon.pid(), "exists /proc/1");
        assertEquals("ok", answers.get("kill 1"), "its own first process");
        assertEquals("ok", answers.get("exists /proc/1"));
        assertEquals("ESRCH", answers.get("kill " + daemon.pid()));
        assertTrue(Set.of("ESRCH", "EPERM").contains(answers.get("ptrace " + daemon.pid())));
        assertEquals("ENOENT", answers.get("exists /proc/" + daemon.pid()));
    }

    @Test
    void itMountsNothingAndMakesNoNamespaces() throws Exception {
        refused("mount", "umount", "remount", "fsopen", "open_tree", "setns", "clone3", "unshare 0x20000", "unshare 0x10000000", "unshare 0x40000000");
    }

    @Test
    void itLoadsNoModulesAndDoesNotRuleTheMachine() throws Exception {
        refused("init_module", "finit_module", "delete_module", "kexec_load", "reboot", "settime", "bpf", "perf", "keyring", "syslog", "userfaultfd", "io_uring");
    }

    @Test
    void itReadsNothingOfTheKernelsMemory() throws Exception {
        List<String> secrets = Stream.of("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/interrupts").filter(DefaultContainerIT::isOnTheHost).toList();
        assertTrue(secrets.size() >= 2, "this kernel has nothing to hide: " + secrets);
        for (String secret : secrets) {
            assertEquals("read " + secret + ": 0 bytes ok\n1:3\n", run("", "probe read " + secret + "; stat -c %t:%T " + secret));
        }
        assertEquals("read /proc/self/stat: 64 bytes ok\n", run("", "probe read /proc/self/stat"));
    }

    @Test
    void itWritesNoKernelParameters() throws Exception {
        List<String> parameters = Stream.of("/proc/sys/kernel/hostname", "/proc/sys/kernel/core_pattern", "/proc/sys/vm/panic_on_oom", "/proc/sysrq-trigger",
                "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/power/state", "/proc/irq/default_smp_affinity", "/sys/kernel/uevent_helper")
                .filter(DefaultContainerIT::isOnTheHost).toList();
        assertTrue(parameters.size() >= 5, parameters.toString());
        refused(parameters.stream().map("put "::concat).toArray(String[]::new));
        refused("mkdir /sys/fs/cgroup/mine", "mkdir /sys/mine");
        assertEquals(Map.of("put /tmp/x", "ENOENT", "put /dev/null", "ok"), probe("put /tmp/x", "put /dev/null"));
    }

    @Test
    void itOpensNoDeviceOfTheHost() throws Exception {
        int disk = (Integer) Files.getAttribute(Path.of("/"), "unix:dev").hashCode();
        String root = (disk >> 8 & 0xfff) + ":" + (disk & 0xff);
        refused("block " + root, "char 1:1", "char 1:4", "char 1:11", "char 10:237", "char 10:229", "char 10:200");
        assertEquals("ok", probe("open /dev/zero").get("open /dev/zero"));
    }

    @Test
    void setuidAndCapableFilesGainNothingBeyondTheBoundingSet() throws Exception {
        String root = run("", "probe caps; probe exec /bin/admin-probe");
        long bounding = capabilities(root, "CapBnd");
        assertEquals(DEFAULT_CAPABILITIES, bounding);
        assertTrue(root.contains("exec /bin/admin-probe: EPERM "), root);

        String user = run("runAsUser: 33", "probe caps -- exec /bin/setuid-probe -- exec /bin/chown-probe -- exec /bin/admin-probe");
        List<String> lines = user.lines().filter(line -> line.contains("CapPrm")).toList();
        assertEquals(0, capabilities(lines.get(0), "CapEff"), user);
        assertEquals(DEFAULT_CAPABILITIES, capabilities(lines.get(1), "CapEff"), "a setuid file is root again, within the bounding set: " + user);
        assertEquals(1, capabilities(lines.get(2), "CapEff"), "CHOWN is within it: " + user);
        assertTrue(user.contains("exec /bin/admin-probe: EPERM "), user);
    }

    @Test
    void setuidAndCapableFilesGainNothingAtAllWithoutPrivilegeEscalation() throws Exception {
        String user = run("runAsUser: 33, allowPrivilegeEscalation: false",
                "probe caps -- exec /bin/setuid-probe -- exec /bin/chown-probe -- uid; grep NoNewPrivs /proc/self/status");
        List<String> lines = user.lines().filter(line -> line.contains("CapPrm")).toList();
        assertEquals(3, lines.size(), user);
        for (String line : lines) {
            assertEquals(0, capabilities(line, "CapEff"), user);
        }
        assertTrue(user.contains("uid: EPERM") && user.contains("NoNewPrivs:\t1"), user);
    }

    private static long capabilities(String text, String set) {
        int at = text.indexOf(set + "=") + set.length() + 1;
        return Long.parseUnsignedLong(text.substring(at, at + 16), 16);
    }

    @Test
    void itFindsNoWayOutByChrootOrByHandle() throws Exception {
        String marker = daemon.root().toString(); // is on the host, and not in the container
        Map<String, String> answers = probe("handle", "chroot " + marker);
        assertTrue(REFUSED.contains(answers.get("handle")), answers.toString());
        assertEquals("ENOENT", answers.get("chroot " + marker));
        assertEquals("ok", probe("chroot /bin/probe").get("chroot /bin/probe"), "the attempt itself works, and ends at its own root");
    }

    @Test
    void itSeesNoGroupAboveItsOwnAndMovesNoProcess() throws Exception {
        String output = run("", "cat /proc/self/cgroup; ls -d /sys/fs/cgroup/*/stowbook* /sys/fs/cgroup/stowbook*; "
                + "for c in /sys/fs/cgroup/*/; do echo 1 > $${c}tasks; echo 1 > $${c}cgroup.procs; echo x > $${c}release_agent; done");
        List<String> groups = output.lines().filter(line -> line.matches("\\d+:.*:.*")).toList();
        assertFalse(groups.isEmpty(), output);
        for (String group : groups) {
            assertTrue(group.endsWith(":/"), output);
        }
        assertFalse(output.contains("stowbook-"), output);
        long refusals = output.lines().filter(line -> line.matches(".*(Read-only file system|Permission denied|nonexistent directory).*")).count();
        assertTrue(refusals >= 3, output);
        String upwards = run("", "cd /sys/fs/cgroup/memory 2>/dev/null || cd /sys/fs/cgroup; cat ../../../../proc/1/comm; ls ../.. | tr \"\\n\" \" \"");
        assertTrue(upwards.startsWith("sh\n"), "upwards is its own root: " + upwards);
    }

    @Test
    void itHoldsNoDescriptorOfAnythingElseAndNotTheKeepersProgram() throws Exception {
        String output = run("", "probe fds; readlink /proc/1/exe; probe write /proc/1/exe; ls -l /proc/1/cwd /proc/1/root | grep -o \"> .*\"; cat /proc/self/mountinfo");
        assertTrue(output.startsWith("fds: ok\n/bin/busybox\nwrite /proc/1/exe: ETXTBSY\n> /\n> /\n"), output);
        assertFalse(output.contains("memfd"), output);
    }
}

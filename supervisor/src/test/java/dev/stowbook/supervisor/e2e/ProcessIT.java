package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a process may be and do, asked for in manifests, read back from the kernel, and told in the book. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProcessIT {
    private DaemonProcess daemon;
    private Rest rest;
    private Pods pods;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        Files.createDirectories(directory.resolve("profiles"));
        Files.writeString(directory.resolve("config.yaml"), "security: {seccompProfiles: " + directory.resolve("profiles") + "}\n");
        Files.writeString(directory.resolve("profiles/no-mkdir.json"), """
                {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 117}]}
                """);
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        pods = new Pods(rest);
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

    /** A pod of one container; the extra lines are fields of pod and container in flow style. */
    private static String pod(String name, String ofPod, String ofContainer, String script) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  %s
                  containers:
                    - name: main
                      image: busybox
                      command: [sh, -c, "%s"]
                      %s
                """.formatted(name, ofPod, script, ofContainer);
    }

    private static String sleeper(String name, String ofPod, String ofContainer) {
        return pod(name, ofPod, ofContainer, "exec sleep 1000");
    }

    @Test
    void n21_limitsOfAManifestAreThoseOfTheProcessAndWhatIsBeyondTheDaemonsOwnIsClampedInTheBook() throws Exception {
        String own = Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/limits")).stream()
                .filter(line -> line.startsWith("Max locked memory"))
                .findFirst().orElseThrow().split("\\s{2,}")[2];
        JsonNode container = pods.run("n21", sleeper("n21", "", """
                stowbook: {ulimits: [{name: nofile, soft: 100, hard: 200}, {name: core, soft: 0}, {name: fsize, soft: unlimited}, {name: memlock, soft: 4096, hard: unlimited}]}"""));
        assertTrue(Pods.proc(container, "limits", "Max open files").matches("100\\s+200\\s+files"));
        assertTrue(Pods.proc(container, "limits", "Max core file size").matches("0\\s+0\\s+bytes"));
        assertTrue(Pods.proc(container, "limits", "Max file size").matches("unlimited\\s+unlimited\\s+bytes"));
        String clamped = pods.event("ProcessStarted", container.get("id").asText()).get("data").get("clamped").toString();
        boolean mayRaise = own.equals("unlimited") || hasSysResource();
        assertEquals(mayRaise ? "unlimited" : own, Pods.proc(container, "limits", "Max locked memory").split("\\s+")[1]);
        assertEquals(!mayRaise, clamped.contains("ulimit memlock: asked for 4096:unlimited, given 4096:" + own), clamped);
    }

    private boolean hasSysResource() throws IOException {
        return (Long.parseUnsignedLong(status(Long.toString(daemon.pid()), "CapEff:"), 16) >>> 24 & 1) == 1;
    }

    private static String status(String process, String name) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process + "/status")).stream()
                .filter(line -> line.startsWith(name)).findFirst().orElseThrow().substring(name.length()).strip();
    }

    @Test
    void n7_ipcIsSharedInAPodAndInvisibleToTheHostUnlessTheManifestSaysSo() throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: n7}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: a, image: busybox, command: [sleep, "1000"]}
                    - {name: b, image: busybox, command: [sleep, "1000"]}
                """).ok();
        JsonNode a = pods.await("n7/a", "running");
        JsonNode b = pods.await("n7/b", "running");
        String segment = ipcmk(a.get("pid").asText());
        assertTrue(shm(b.get("pid").asText()).contains(segment), "the pod's other container does not see " + segment);
        assertFalse(shm("self").contains(segment), "the host sees " + segment);

        JsonNode other = pods.run("n7other", sleeper("n7other", "", ""));
        assertFalse(shm(other.get("pid").asText()).contains(segment));
        JsonNode joined = pods.run("n7joined", sleeper("n7joined", "hostUsers: true\n  stowbook: {joinIpc: n7/a}", ""));
        assertEquals(Pods.namespace(a, "ipc"), Pods.namespace(joined, "ipc"));
        assertTrue(shm(joined.get("pid").asText()).contains(segment));
        JsonNode host = pods.run("n7host", sleeper("n7host", "hostUsers: true\n  hostIPC: true", ""));
        assertEquals(Pods.namespace("self", "ipc"), Pods.namespace(host, "ipc"));
        assertEquals(joined.get("namespaces").get("ipc"), a.get("namespaces").get("ipc"));
    }

    /** Makes a segment in a process's namespace, with a key of its own. @return the key as /proc/sysvipc/shm shows it */
    private static String ipcmk(String pid) throws Exception {
        Process made = new ProcessBuilder("nsenter", "-t", pid, "-i", "ipcmk", "-M", "4096").start();
        String id = new String(made.getInputStream().readAllBytes()).replaceAll("\\D", "");
        assertEquals(0, made.waitFor());
        for (String line : shm(pid).split("\n")) {
            String[] fields = line.strip().split("\\s+");
            if (fields[1].equals(id)) {
                return fields[0];
            }
        }
        throw new AssertionError("no segment " + id + " in " + shm(pid));
    }

    private static String shm(String pid) throws Exception {
        List<String> command = pid.equals("self")
                ? List.of("cat", "/proc/sysvipc/shm")
                : List.of("nsenter", "-t", pid, "-i", "cat", "/proc/sysvipc/shm");
        return new String(new ProcessBuilder(command).start().getInputStream().readAllBytes());
    }

    @Test
    void n18_aPodHasItsOwnPidIpcAndUtsNamespacesOrTheHostsOrAnotherContainers() throws Exception {
        JsonNode own = pods.run("n18own", sleeper("n18own", "hostname: mine", ""));
        JsonNode host = pods.run("n18host", sleeper("n18host", "hostUsers: true\n  hostPID: true\n  hostIPC: true\n  stowbook: {hostUTS: true}", ""));
        JsonNode joined = pods.run("n18joined", sleeper(
                "n18joined", "hostUsers: true\n  stowbook: {joinPid: n18own, joinIpc: n18own/main, joinUts: n18own}", ""));
        Map<String, String> inBook = new TreeMap<>();
        for (String kind : List.of("pid", "ipc", "uts")) {
            assertNotEquals(Pods.namespace("self", kind), Pods.namespace(own, kind), kind);
            assertEquals(Pods.namespace("self", kind), Pods.namespace(host, kind), kind);
            assertEquals(Pods.namespace(own, kind), Pods.namespace(joined, kind), kind);
            inBook.put(kind, kind + ":[" + pods.event("ProcessStarted", joined.get("id").asText()).get("data").get("namespaces").get(kind).asText() + "]");
            assertEquals(Pods.namespace(joined, kind), inBook.get(kind));
        }
        assertEquals(joined.get("pid").asText(), Pods.proc(joined, "status", "NSpid:").split("\\s+")[0]);
        JsonNode started = pods.event("ProcessStarted", joined.get("id").asText()).get("data");
        assertEquals(Pods.proc(joined, "status", "NSpid:").split("\\s+")[1], started.get("namespacePid").asText());
        assertNotEquals("1", started.get("namespacePid").asText());
        assertTrue(Files.isDirectory(Path.of("/proc/" + host.get("pid").asText() + "/root/proc/" + host.get("pid").asText())), "its /proc shows other processes");
        assertFalse(Files.exists(Path.of("/proc/" + own.get("pid").asText() + "/root/proc/" + own.get("pid").asText())));
    }

    @Test
    void joiningWhoDoesNotRunIsRefusedByName() throws Exception {
        assertTrue(pods.refusedStart("nobody", sleeper("nobody", "hostUsers: true\n  stowbook: {joinPid: absent/main}", ""))
                .contains("joins the pid namespace of absent/main, which does not run"));
    }

    @Test
    void aSharedPidNamespaceOutlivesEachOfItsContainersAndGoesWithThePod() throws Exception {
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: shared}
                spec:
                  restartPolicy: Never
                  shareProcessNamespace: true
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: a, image: busybox, command: [sh, -c, "sleep 1001 & exec sleep 1000"]}
                    - {name: b, image: busybox, command: [sh, -c, "exec sleep 1000"]}
                """).ok();
        JsonNode a = pods.await("shared/a", "running");
        JsonNode b = pods.await("shared/b", "running");
        assertEquals(Pods.namespace(a, "pid"), Pods.namespace(b, "pid"));
        assertNotEquals(Pods.namespace("self", "pid"), Pods.namespace(a, "pid"));
        String seen = Pods.proc(a, "status", "NSpid:").split("\\s+")[1];
        assertTrue(Files.exists(Path.of("/proc/" + b.get("pid").asText() + "/root/proc/" + seen)), "b does not see a");
        assertEquals("pid:[" + pods.event("SandboxCreated", a.get("podId").asText()).get("data").get("namespaces").get("pid").asText() + "]",
                Pods.namespace(a, "pid"));
        String init = Files.readAllLines(daemon.run().resolve("pods/" + a.get("podId").asText() + "/init")).getFirst().replace("pid=", "");
        assertEquals("1", status(init, "NSpid:").split("\\s+")[1]);
        assertEquals("0000000000000000", status(init, "CapBnd:"));
        assertEquals(Pods.namespace(a, "user"), Pods.namespace(init, "user"));
        assertEquals(1, status(init, "Uid:").lines().filter(ids -> Long.parseLong(ids.split("\t")[0]) >= 65534).count());
        assertEquals("0", new String(new ProcessBuilder("nsenter", "-t", init, "-m", "--", "/bin/true").redirectErrorStream(true).start()
                .getInputStream().readAllBytes()).contains("failed to execute") ? "0" : "1", "the pod's init sees files");

        rest.post("/v1/containers/shared%2Fa/kill").ok();
        pods.await("shared/a", "exited");
        assertEquals("running", rest.get("/v1/containers/shared%2Fb").ok().json().get("state").asText());
        for (int i = 0; i < 6000 && processesNamed("sleep\0001001\0") > 0; i++) {
            Thread.sleep(10);
        }
        assertEquals(0, processesNamed("sleep\0001001\0"), "what a left behind runs on");
        rest.delete("/v1/pods/shared?force=true&grace=0").ok();
        assertFalse(Files.exists(Path.of("/proc/" + init)) && !status(init, "State:").startsWith("Z"), "the pod's init is left");
    }

    private static int processesNamed(String commandLine) throws IOException {
        int count = 0;
        for (Path process : (Iterable<Path>) Files.list(Path.of("/proc")).filter(p -> p.getFileName().toString().matches("\\d+"))::iterator) {
            try {
                count += Files.readString(process.resolve("cmdline")).equals(commandLine) ? 1 : 0;
            } catch (IOException e) {
                // it has just ended
            }
        }
        return count;
    }

    @Test
    void n20_theKernelIsTheHostsAndOnlyItsNamespacesParametersCanBeSet() throws Exception {
        String running = Files.readString(Path.of("/proc/sys/kernel/osrelease"));
        List<String> host = Files.readAllLines(Path.of("/proc/sys/net/core/somaxconn")); // readString gets one character of a number there
        assertEquals(running + "77\n4242\n12\ndomain.test\n", pods.output("n20", pod("n20", """
                securityContext: {sysctls: [{name: net.core.somaxconn, value: "77"}, {name: kernel.msgmax, value: "4242"}, {name: fs.mqueue.msg_max, value: "12"}]}
                  stowbook: {domainname: domain.test}""", "",
                "cat /proc/sys/kernel/osrelease /proc/sys/net/core/somaxconn /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max /proc/sys/kernel/domainname")));
        assertEquals(host, Files.readAllLines(Path.of("/proc/sys/net/core/somaxconn")));
        for (String global : List.of("vm.overcommit_memory", "kernel.panic", "fs.file-max")) {
            Rest.Answer refused = rest.postYaml("/v1/pods", sleeper("n20no", "securityContext: {sysctls: [{name: " + global + ", value: \"1\"}]}", ""));
            assertEquals(400, refused.status());
            assertTrue(refused.text().contains("'" + global + "' belongs to the whole host, not to a container: set it on the host"), refused.text());
        }
    }

    @Test
    void groupsAreThePodsAndTheContainersAndExecHasThemToo() throws Exception {
        JsonNode container = pods.run("groups", sleeper("groups", "hostUsers: true\n  securityContext: {runAsUser: 1000, supplementalGroups: [4001]}",
                "stowbook: {supplementalGroups: [4002, 4001]}"));
        assertEquals("4001 4002", Pods.proc(container, "status", "Groups:"));
        assertEquals("1000\t1000\t1000\t1000", Pods.proc(container, "status", "Uid:"));
        String exec = rest.postJson("/v1/containers/groups/exec", "{\"command\":[\"sleep\",\"1000\"]}").ok().json().get("id").asText();
        assertEquals("4001 4002", status(rest.get("/v1/execs/" + exec).ok().json().get("pid").asText(), "Groups:"));
    }

    @Test
    void aStartAsRootIsRefusedWhereTheManifestForbidsIt() throws Exception {
        assertTrue(pods.refusedStart("root", sleeper("root", "securityContext: {runAsNonRoot: true}", ""))
                .contains("it is user 0, which runAsNonRoot forbids: set runAsUser"));
        JsonNode other = pods.run("plain", sleeper("plain", "hostUsers: true\n  securityContext: {runAsNonRoot: true}", "securityContext: {runAsUser: 12}"));
        assertTrue(Pods.proc(other, "status", "Uid:").startsWith("12\t"));
    }

    @Test
    void oneSystemCallIsDeniedOrAllowedWithoutAProfile() throws Exception {
        String mkdir = "mkdir /tmp/d 2>&1; unshare -U true 2>&1 | head -1; echo";
        assertFalse(pods.output("plainfilter", pod("plainfilter", "", "", mkdir)).contains("mkdir"));
        String denied = pods.output("denied", pod("denied", "", "stowbook: {seccomp: {deny: [mkdir, mkdirat]}}", mkdir));
        assertTrue(denied.contains("mkdir: can't create directory '/tmp/d': Operation not permitted"), denied);
        String without = pods.output("unshare1", pod("unshare1", "", "", "unshare -U true 2>&1"));
        assertTrue(without.contains("unshare(0x10000000): Operation not permitted"), without);
        String with = pods.output("unshare2", pod("unshare2", "", "stowbook: {seccomp: {allow: [unshare]}}", "unshare -U true; echo $?"));
        assertEquals("0\n", with);
        assertTrue(pods.refusedStart("typo", sleeper("typo", "", "stowbook: {seccomp: {deny: [mkdri]}}"))
                .contains("There is no system call 'mkdri'"));
    }

    @Test
    void profilesAreTheDefaultNoneOrAFileOfTheConfiguredDirectory() throws Exception {
        assertEquals("2", Pods.proc(pods.run("default", sleeper("default", "", "")), "status", "Seccomp:"));
        assertEquals("0", Pods.proc(pods.run("unconfined", sleeper("unconfined", "securityContext: {seccompProfile: {type: Unconfined}}", "")), "status", "Seccomp:"));
        String own = pods.output("local", pod("local", "",
                "securityContext: {seccompProfile: {type: Localhost, localhostProfile: no-mkdir.json}}", "mkdir /tmp/d 2>&1"));
        assertTrue(own.contains("Structure needs cleaning") || own.contains("rror 117"), own + rest.get("/v1/containers/local").text());
        String absent = pods.refusedStart("absent", sleeper("absent", "",
                "securityContext: {seccompProfile: {type: Localhost, localhostProfile: none.json}}"));
        assertTrue(absent.contains("profiles/none.json cannot be read"), absent);
    }

    @Test
    void aNamedDeviceHasItsNodeAndItsRuleAndAnotherHasNot() throws Exception {
        String yaml = """
                stowbook: {devices: [{device: /dev/full, path: /dev/deep/er/full2}, {device: "c:10:237", path: /dev/loops, access: r}]}""";
        JsonNode container = pods.run("devices", sleeper("devices", "", yaml));
        Path dev = Path.of("/proc/" + container.get("pid").asText() + "/root/dev");
        assertEquals(Files.getAttribute(Path.of("/dev/full"), "unix:rdev"), Files.getAttribute(dev.resolve("deep/er/full2"), "unix:rdev"));
        assertEquals(Files.getAttribute(Path.of("/dev/loop-control"), "unix:rdev"), Files.getAttribute(dev.resolve("loops"), "unix:rdev"));
        assertEquals("opened\nnot for writing\n", pods.output("opens", pod("opens", "", yaml,
                "(: < /dev/loops) 2>/dev/null && echo opened; (: > /dev/loops) 2>/dev/null || echo not for writing")));
        assertEquals("refused\n", pods.output("without", pod("without", "hostUsers: true", "",
                "mknod /tmp/l c 10 237 && { (: < /tmp/l) 2>/dev/null || echo refused; }")));
        assertTrue(pods.event("CgroupCreated", container.get("id").asText()).get("data").get("written").toString().contains("10:237"));
        assertTrue(pods.refusedStart("nodevice", sleeper("nodevice", "", "stowbook: {devices: [{device: /dev/no-such}]}"))
                .contains("device /dev/no-such: the host has no such node"));
    }

    @Test
    void anOomScoreIsTheManifestsAndOneBelowTheDaemonsOwnIsRefusedByName() throws Exception {
        JsonNode container = pods.run("oom", sleeper("oom", "", "stowbook: {oomScoreAdj: 321}"));
        assertEquals("321", Files.readString(Path.of("/proc/" + container.get("pid").asText() + "/oom_score_adj")).strip());
        int own = Integer.parseInt(Files.readString(Path.of("/proc/" + daemon.pid() + "/oom_score_adj")).strip());
        if (hasSysResource() || own == -1000) {
            JsonNode low = pods.run("oomlow", sleeper("oomlow", "", "stowbook: {oomScoreAdj: -1000}"));
            assertEquals("-1000", Files.readString(Path.of("/proc/" + low.get("pid").asText() + "/oom_score_adj")).strip());
        } else {
            String error = pods.refusedStart("oomlow", sleeper("oomlow", "", "stowbook: {oomScoreAdj: -1000}"));
            assertTrue(error.contains("oom_score_adj: it can't be lowered below the daemon's own, " + own), error);
        }
    }

    @Test
    void everyCapabilityIsClampedToTheDaemonsBoundingSetAndTheBookNamesWhatIsMissing() throws Exception {
        JsonNode container = pods.run("caps", sleeper("caps", "hostUsers: true", "securityContext: {capabilities: {add: [ALL]}}"));
        long own = Long.parseUnsignedLong(status(Long.toString(daemon.pid()), "CapBnd:"), 16);
        int last = Integer.parseInt(Files.readAllLines(Path.of("/proc/sys/kernel/cap_last_cap")).getFirst());
        long all = -1L >>> 63 - last;
        assertEquals(own, Long.parseUnsignedLong(Pods.proc(container, "status", "CapBnd:"), 16));
        assertEquals(own, Long.parseUnsignedLong(Pods.proc(container, "status", "CapEff:"), 16));
        String clamped = pods.event("ProcessStarted", container.get("id").asText()).get("data").get("clamped").toString();
        assertEquals(own != all, clamped.contains("capabilities: the daemon's own bounding set lacks "), clamped);
    }

    @Test
    void initReapsForwardsSignalsAndEndsAsTheProgramDoes() throws Exception {
        JsonNode container = pods.run("init", pod("init", "", "stowbook: {init: true}",
                "trap 'echo heard; exit 7' USR1; sh -c 'sleep 0.3 & exec true'; while true; do sleep 0.05; done"));
        String pid = container.get("pid").asText();
        assertEquals("stowbook-init", Files.readString(Path.of("/proc/" + pid + "/comm")).strip());
        assertEquals("1", status(pid, "NSpid:").split("\\s+")[1]);
        assertTrue(Files.readSymbolicLink(Path.of("/proc/" + pid + "/exe")).toString().startsWith("/memfd:"));
        try (var open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            assertEquals(0, open.count());
        }
        Path children = Path.of("/proc/" + pid + "/task/" + pid + "/children");
        for (int i = 0; i < 6000 && Files.readString(children).strip().contains(" "); i++) {
            Thread.sleep(10);
        }
        assertFalse(Files.readString(children).strip().contains(" "), "a zombie is left");
        rest.post("/v1/containers/init/kill?signal=USR1").ok();
        assertEquals(7, rest.post("/v1/containers/init/wait").ok().json().get("exitCode").asInt());
        assertEquals("heard\n", rest.get("/v1/containers/init/logs").ok().text());
        assertTrue(pods.refusedStart("initmissing", sleeper("initmissing", "", "stowbook: {init: true}").replace("[sh, -c, \"exec sleep 1000\"]", "[/no/such]"))
                .contains("/no/such: no such program"));
    }

    @Test
    void theManifestsStopSignalIsSent() throws Exception {
        pods.run("stop", pod("stop", "", "stowbook: {stopSignal: SIGINT}", "trap 'exit 3' INT; trap 'exit 4' TERM; while true; do sleep 0.05; done"));
        rest.post("/v1/containers/stop/stop?grace=20").ok();
        assertEquals(3, pods.await("stop", "exited").get("exitCode").asInt());
        Rest.Answer refused = rest.postYaml("/v1/pods", sleeper("stopno", "", "stowbook: {stopSignal: SIGNOT}"));
        assertTrue(refused.text().contains("there is no signal SIGNOT"), refused.text());
    }

    @Test
    void aTerminalIsTheContainersStandardStreams() throws Exception {
        assertEquals("0 1 2 \r\n", pods.output("tty", pod("tty", "", "tty: true",
                "for i in 0 1 2; do test -t $i && printf '%s ' $i; done; echo")));
    }

    @Test
    void n12_theGroupIsTheRootInsideAndNothingOfTheHostsPathShows() throws Exception {
        // on one pipe, so that the last word comes last
        String script = "exec 2>&1; cat /proc/self/cgroup /proc/self/mountinfo; ls -a /sys/fs/cgroup/*/../..; cat /sys/fs/cgroup/*/../../../cgroup.procs; echo end";
        String seen = pods.output("n12", pod("n12", "", "", script));
        String id = rest.get("/v1/containers/n12").ok().json().get("podId").asText();
        assertFalse(seen.contains(id) && seen.contains("stowbook-" + rest.get("/v1/info").ok().json().get("instanceId").asText()), seen);
        for (String line : seen.lines().filter(l -> l.matches("\\d+:.*")).toList()) {
            assertTrue(line.endsWith(":/"), line);
        }
        assertTrue(seen.endsWith("end\n"), seen);
        assertFalse(pods.events("CgroupCreated", id).isEmpty());
    }
}

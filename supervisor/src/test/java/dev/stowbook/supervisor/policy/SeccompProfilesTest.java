package dev.stowbook.supervisor.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.seccomp.LibSeccomp;
import dev.stowbook.linux.seccomp.SeccompAction;
import dev.stowbook.linux.seccomp.SeccompArch;
import dev.stowbook.linux.seccomp.SeccompCompiler;
import dev.stowbook.linux.seccomp.SeccompException;
import dev.stowbook.linux.seccomp.SeccompProfile;
import dev.stowbook.linux.seccomp.SeccompRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Loads compiled filters into real processes, which then try system calls. */
@Timeout(300)
class SeccompProfilesTest {
    private static final int OK = 0;
    private static final int EPERM = 1;
    private static final int EFAULT = 14;
    private static final int ENOSYS = 38;
    private static final String CLONE_NEWUSER_SIGCHLD = "0x10000011";

    @TempDir
    static Path directory;

    private static Path program;

    @BeforeAll
    static void compileTheProgramThatTries() throws Exception {
        Path source = directory.resolve("try-filter.c");
        try (var in = SeccompProfilesTest.class.getResourceAsStream("/seccomp/try-filter.c")) {
            Files.write(source, java.util.Objects.requireNonNull(in).readAllBytes());
        }
        program = directory.resolve("try-filter");
        Process cc = new ProcessBuilder("cc", "-O1", "-Wall", "-Werror", "-o", program.toString(), source.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(cc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, cc.waitFor(), output);
    }

    @Test
    void aDefaultContainerIsRefusedWhatCouldReachTheHost() throws Exception {
        assertEquals(
                expected("fork", OK, "getpid", OK, "write:1:0:0", OK, "ptrace:0", OK, "mount", EPERM, "umount2", EPERM, "fsopen", EPERM,
                        "open_tree", EPERM, "move_mount", EPERM, "pivot_root", EPERM, "unshare:0x20000", EPERM, "unshare:0x10000000", EPERM,
                        "setns:-1", EPERM, "clone:" + CLONE_NEWUSER_SIGCHLD, EPERM, "clone3", ENOSYS, "bpf", EPERM, "keyctl", EPERM,
                        "add_key", EPERM, "request_key", EPERM, "perf_event_open", EPERM, "userfaultfd", EPERM, "io_uring_setup", EPERM,
                        "open_by_handle_at", EPERM, "init_module", EPERM, "reboot", EPERM, "swapon", EPERM, "settimeofday", EPERM,
                        "syslog", EPERM, "acct", EPERM, "kcmp", EPERM, "chroot", EFAULT),
                tried(filter(DefaultContainer.CAPABILITIES)));
    }

    @Test
    void argumentsAreCompared() throws Exception {
        assertEquals(
                expected("personality:0", OK, "personality:0x0008", OK, "personality:0xffffffff", OK, "personality:0x20000", OK,
                        "personality:0x40000", EPERM, "personality:0x400000", EPERM, "socket:2:1:0", OK, "socket:1:1:0", OK,
                        "socket:16:3:0", OK, "socket:38:5:0", EPERM, "socket:39:1:0", EPERM, "socket:40:1:0", EPERM),
                tried(filter(DefaultContainer.CAPABILITIES)));
    }

    @Test
    void systemCallsNewerThanTheProfileAnswerEnosys() throws Exception {
        assertEquals(
                expected("470", ENOSYS, "999", ENOSYS, "100000", ENOSYS, "-7", ENOSYS),
                tried(filter(DefaultContainer.CAPABILITIES)));
    }

    @Test
    void theFilterCoversX86AndX32AsWell() throws Exception {
        // i386: 20 getpid, 21 mount, 310 unshare, 435 clone3; x32: 165 mount, 39 getpid (which this kernel lacks), 1024 unknown
        assertEquals(
                expected("x86/20", OK, "x86/21", EPERM, "x86/310:0x20000", EPERM, "x86/435", ENOSYS, "x86/999", ENOSYS, "x32/165", EPERM,
                        "x32/272:0x20000", EPERM, "x32/435", ENOSYS, "x32/1024", ENOSYS),
                tried(filter(DefaultContainer.CAPABILITIES)));
    }

    @Test
    void aForeignArchitectureKillsTheProcess() throws Exception {
        byte[] only64 = LibSeccomp.load()
                .compile(new SeccompProfile(SeccompAction.ALLOW, List.of(SeccompArch.X86_64),
                        List.of(new SeccompRule(List.of("mount"), SeccompAction.errno(1), List.of())), Set.of("mount")));
        assertEquals("killed by signal 31", run(only64, List.of("x86/20")));
        assertEquals("killed by signal 31", run(only64, List.of("x32/39")));
        assertEquals("getpid 0\nmount 1\n", run(only64, List.of("getpid", "mount")));
        assertEquals(FilterProgram.KILL_PROCESS, new FilterProgram(filter(DefaultContainer.CAPABILITIES)).decide(FilterProgram.AARCH64, 39));
    }

    @Test
    void aCapabilityOpensItsSystemCallsAndNoOthers() throws Exception {
        var withAdmin = EnumSet.copyOf(DefaultContainer.CAPABILITIES);
        withAdmin.add(Capability.SYS_ADMIN);
        assertEquals(
                expected("mount", EFAULT, "unshare:0", OK, "clone3", 22, "keyctl", EPERM, "reboot", EPERM, "999", ENOSYS),
                tried(filter(withAdmin), "mount", "unshare:0", "clone3", "keyctl", "reboot", "999"));
        var withoutChroot = EnumSet.copyOf(DefaultContainer.CAPABILITIES);
        withoutChroot.remove(Capability.SYS_CHROOT);
        assertEquals(expected("chroot", EPERM), tried(filter(withoutChroot), "chroot"));
        var boot = EnumSet.of(Capability.SYS_BOOT);
        assertEquals(expected("reboot", 22, "mount", EPERM), tried(filter(boot), "reboot", "mount"));
    }

    @Test
    void theFilterForEverySetOfCapabilitiesIsSmallAndCompiledOnce() throws Exception {
        var compiler = LibSeccomp.load();
        filter(DefaultContainer.CAPABILITIES);
        var profile = SeccompProfiles.builtIn(compiler);
        long start = System.nanoTime();
        var filter = new FilterProgram(profile.filterFor(DefaultContainer.CAPABILITIES));
        long compiled = System.nanoTime();
        byte[] again = profile.filterFor(DefaultContainer.CAPABILITIES);
        long cached = System.nanoTime();
        System.out.printf("seccomp: %d instructions, compiled in %.1f ms, cached %.1f us%n",
                filter.instructions(), (compiled - start) / 1e6, (cached - compiled) / 1e3);
        assertArrayEquals(filter.bytes(), again);
        assertTrue(filter.instructions() < 4096);
        assertTrue(new FilterProgram(profile.filterFor(Capability.all())).instructions() < 4096);
    }

    @Test
    void eachSetOfCapabilitiesIsCompiledOnceAndCallersCannotSpoilIt() throws Exception {
        var compilations = new AtomicInteger();
        SeccompCompiler counting = profile -> {
            compilations.incrementAndGet();
            return new byte[] {1};
        };
        var profiles = SeccompProfiles.builtIn(counting);
        profiles.filterFor(DefaultContainer.CAPABILITIES)[0] = 9;
        assertEquals(1, profiles.filterFor(EnumSet.copyOf(DefaultContainer.CAPABILITIES))[0]);
        assertEquals(1, compilations.get());
        profiles.filterFor(Set.of());
        assertEquals(2, compilations.get());
    }

    @Test
    void twoComparisonsOfOneArgumentAreAlternativesAsInDocker() throws Exception {
        var profiles = SeccompProfiles.parse("two.json", """
                {"defaultAction": "SCMP_ACT_ALLOW", "architectures-comment": 1}""".replace(", \"architectures-comment\": 1", """
                , "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": null}],
                "syscalls": [{"names": ["personality", "of-the-future"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5,
                  "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 4294967295, "op": "SCMP_CMP_EQ"}]}]""")
                .getBytes(StandardCharsets.UTF_8), LibSeccomp.load());
        assertEquals(
                expected("personality:8", 5, "personality:0xffffffff", 5, "personality:0", OK),
                tried(profiles.filterFor(Set.of()), "personality:8", "personality:0xffffffff", "personality:0"));
    }

    @Test
    void aBadProfileIsOneSentenceThatNamesThePlace() {
        assertRefused("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscals\": []}", "Seccomp profile p.json: the profile has the unknown field 'syscals'.");
        assertRefused("{\"defaultAction\": \"NO\"}", "Seccomp profile p.json: defaultAction 'NO' is not an action such as SCMP_ACT_ALLOW.");
        assertRefused("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"open\"], \"action\": \"SCMP_ACT_ERRNO\", \"includes\": {\"caps\": [\"CAP_MAGIC\"]}}]}",
                "Seccomp profile p.json: syscalls[0].includes 'CAP_MAGIC' is not a capability: capabilities(7) lists them, such as NET_ADMIN.");
        assertRefused("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"open\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 70000}]}",
                "Seccomp profile p.json: syscalls[0].errnoRet is not a number from 0 to 4095.");
        String cut = assertThrows(SeccompException.class, () -> SeccompProfiles.parse("p.json", "{\"a\": ".getBytes(), profile -> new byte[0])).getMessage();
        assertTrue(cut.startsWith("Seccomp profile p.json: line 1 "), cut);
    }

    private static void assertRefused(String json, String sentence) {
        var refused = assertThrows(SeccompException.class, () -> SeccompProfiles.parse("p.json", json.getBytes(), profile -> new byte[0]));
        assertEquals(sentence, refused.getMessage());
    }

    private static byte[] filter(Set<Capability> capabilities) throws SeccompException {
        return SeccompProfiles.builtIn(LibSeccomp.load()).filterFor(capabilities);
    }

    private Map<String, Integer> expected = new LinkedHashMap<>();

    private Map<String, Integer> expected(Object... callsAndErrnos) {
        expected = new LinkedHashMap<>();
        for (int i = 0; i < callsAndErrnos.length; i += 2) {
            expected.put((String) callsAndErrnos[i], (Integer) callsAndErrnos[i + 1]);
        }
        return expected;
    }

    private Map<String, Integer> tried(byte[] filter) throws Exception {
        return tried(filter, expected.keySet().toArray(String[]::new));
    }

    private static Map<String, Integer> tried(byte[] filter, String... calls) throws Exception {
        var errnos = new LinkedHashMap<String, Integer>();
        for (String line : run(filter, List.of(calls)).split("\n")) {
            String[] parts = line.split(" ");
            assertEquals(2, parts.length, line);
            errnos.put(parts[0], Integer.valueOf(parts[1]));
        }
        return errnos;
    }

    private static String run(byte[] filter, List<String> calls) throws IOException, InterruptedException {
        Path file = Files.write(Files.createTempFile(directory, "filter", ".bpf"), filter);
        var command = new ArrayList<>(List.of(program.toString(), file.toString()));
        command.addAll(calls);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(120, TimeUnit.SECONDS));
        return process.exitValue() > 128 ? "killed by signal " + (process.exitValue() - 128) : output;
    }
}

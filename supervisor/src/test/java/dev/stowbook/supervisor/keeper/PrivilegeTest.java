package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Users, capabilities, limits, seccomp. */
class PrivilegeTest extends ContainersTest {
    private static ProcessPlan as(ProcessPlan p, String user, Integer... groups) {
        return new ProcessPlan(p.argv(), p.env(), p.cwd(), user, List.of(groups), p.stdin(), p.terminal(), p.waits());
    }

    /** A filter that answers one system call with EUCLEAN (117) and allows all others: BPF_LD nr; BPF_JEQ; BPF_RET; BPF_RET. */
    static byte[] filter(int call) {
        ByteBuffer code = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        code.putShort((short) 0x20).put((byte) 0).put((byte) 0).putInt(0);
        code.putShort((short) 0x15).put((byte) 0).put((byte) 1).putInt(call);
        code.putShort((short) 0x06).put((byte) 0).put((byte) 0).putInt(0x00050000 | 117);
        code.putShort((short) 0x06).put((byte) 0).put((byte) 0).putInt(0x7fff0000);
        return code.array();
    }

    @Test
    void usersAreLookedUpInTheImage() throws Exception {
        String[][] cases = {
            {"", "uid=0(root) gid=0(root) groups=0(root),10(wheel)", "/root"},
            {"alice", "uid=1000(alice) gid=1001(alice) groups=1001(alice),10(wheel),50(staff)", "/home/alice"},
            {"1000", "uid=1000(alice) gid=1001(alice) groups=1001(alice),10(wheel),50(staff)", "/home/alice"},
            {"alice:staff", "uid=1000(alice) gid=50(staff) ", "/home/alice"},
            {"4242:77", "uid=4242 gid=77 ", "/"},
            {"4242", "uid=4242 gid=0(root) ", "/"},
        };
        for (String[] c : cases) {
            Containers.Box box = containers.shell("id; echo $HOME").process(p -> as(p, c[0]));
            assertEquals(0, box.run().code());
            String[] lines = box.stdout().split("\n");
            assertEquals(c[1].replaceAll("groups=.*", "").strip(), lines[0].replaceAll("groups=.*", "").strip(), c[0]);
            for (String group : !c[1].contains("groups=") ? new String[0] : c[1].replaceAll(".*groups=", "").split(",")) {
                assertTrue(lines[0].contains(group), c[0] + ": " + lines[0]);
            }
            assertEquals(c[2], lines[1], c[0]);
        }
    }

    @Test
    void extraGroupsAreAdded() throws Exception {
        Containers.Box box = containers.shell("grep Groups /proc/self/status").process(p -> as(p, "4242:77", 300, 301));
        box.run();
        assertEquals("Groups:\t300 301", box.stdout().strip());
    }

    @Test
    void anEndlessOrFakePasswdHarmsNobody() throws Exception {
        Path etc = containers.image.resolve("etc");
        Files.delete(etc.resolve("passwd"));
        Files.createSymbolicLink(etc.resolve("passwd"), Path.of("/dev/zero"));
        Containers.Box box = containers.box("grep", "Uid", "/proc/self/status").process(p -> as(p, "12"));
        assertEquals(0, box.run().code());
        assertEquals("Uid:\t12\t12\t12\t12\n", box.stdout());
        Files.delete(etc.resolve("passwd"));
        Files.createSymbolicLink(etc.resolve("passwd"), Path.of("/proc/1/environ"));
        assertEquals(0, containers.box("true").run().code());
        Files.delete(etc.resolve("passwd"));
        OutputTest.run("mkfifo", etc.resolve("passwd").toString());
        assertEquals(0, containers.box("true").run().code());
        Files.delete(etc.resolve("passwd"));
        Files.writeString(etc.resolve("passwd"), "x".repeat(100_000) + "\n:::::\nbob:x:7\nbob:x:99999999999:1:::\nbob:x:8:9::/home/bob:\n");
        Containers.Box bob = containers.shell("grep -E '^(Uid|Gid)' /proc/self/status; echo $HOME").process(p -> as(p, "bob"));
        assertEquals(0, bob.run().code());
        assertEquals("Uid:\t8\t8\t8\t8\nGid:\t9\t9\t9\t9\n/home/bob\n", bob.stdout());
    }

    @Test
    void rootHasExactlyTheCapabilitiesOfThePlanAndTheInheritableSetIsEmpty() throws Exception {
        Containers.Box box = containers.shell("grep Cap /proc/self/status");
        box.run();
        assertEquals(
                "CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\n",
                box.stdout());
    }

    @Test
    void noSignalIsBlockedOrIgnored() throws Exception {
        Containers.Box box = containers.box("grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status");
        box.run();
        assertEquals("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n", box.stdout());
    }

    @Test
    void aPlainUserHasNone() throws Exception {
        Containers.Box box = containers.shell("grep Cap /proc/self/status").process(p -> as(p, "alice"));
        box.run();
        assertTrue(box.stdout().contains("CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb"), box.stdout());
    }

    @Test
    void aPlainUsersWorkingDirectoryIsEnteredWithItsOwnRights() throws Exception {
        Path secret = Files.createDirectory(containers.image.resolve("secret"));
        Files.setPosixFilePermissions(secret, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
        KeeperMessage.StartFailed failed = containers.shell("pwd")
                .process(p -> new ProcessPlan(p.argv(), p.env(), "/secret", "alice", List.of(), false, Optional.empty(), false))
                .start()
                .failed();
        assertEquals("/secret: the working directory can't be entered (EACCES in step privileges)", failed.describe());
        Containers.Box made = containers.shell("pwd")
                .process(p -> new ProcessPlan(p.argv(), p.env(), "/srv/new/dir", "alice", List.of(), false, Optional.empty(), false));
        made.run();
        assertEquals("/srv/new/dir\n", made.stdout());
    }

    @Test
    void noNewPrivilegesIsSetOnlyIfAsked() throws Exception {
        Containers.Box off = containers.shell("grep NoNewPrivs /proc/self/status");
        off.run();
        assertEquals("NoNewPrivs:\t0\n", off.stdout());
        Containers.Box on = containers.shell("grep NoNewPrivs /proc/self/status")
                .privileges(p -> new PrivilegePlan(p.boundingCapabilities(), p.permittedCapabilities(), true, p.seccomp(), p.limits(), 0));
        on.run();
        assertEquals("NoNewPrivs:\t1\n", on.stdout());
    }

    @Test
    void theFilterIsInForceWithAndWithoutNoNewPrivileges() throws Exception {
        for (boolean noNewPrivileges : List.of(true, false)) {
            for (String user : List.of("", "alice")) {
                int mkdir = dev.stowbook.linux.Arch.isAarch64() ? 34 : 83; // mkdirat, mkdir
                Containers.Box box = containers.shell("grep Seccomp: /proc/self/status; mkdir /tmp/d; echo $?")
                        .process(p -> as(p, user))
                        .privileges(p -> new PrivilegePlan(
                                p.boundingCapabilities(), p.permittedCapabilities(), noNewPrivileges,
                                Optional.of(filter(mkdir)), p.limits(), 0));
                assertEquals(0, box.run().code(), box.stderr());
                assertEquals("Seccomp:\t2\n1\n", box.stdout());
                assertTrue(box.stderr().contains("Structure needs cleaning") || box.stderr().contains("rror 117"), box.stderr());
            }
        }
    }

    @Test
    void anEmptyFilterIsAnErrorAndNotFreedom() throws Exception {
        KeeperMessage.StartFailed failed = containers.shell("true")
                .privileges(p -> new PrivilegePlan(-1, -1, true, Optional.of(new byte[0]), List.of(), 0))
                .start()
                .failed();
        assertEquals("seccomp", failed.path());
    }

    @Test
    void limitsAreSetAndWhatHadToBeClampedIsTold() throws Exception {
        Containers.Box box = containers.shell("grep -E 'open files|core file' /proc/self/limits")
                .privileges(p -> new PrivilegePlan(
                        p.boundingCapabilities(), p.permittedCapabilities(), false, Optional.empty(),
                        List.of(new PrivilegePlan.ResourceLimit(PrivilegePlan.ResourceLimit.NOFILE, 1024, 1L << 40),
                                new PrivilegePlan.ResourceLimit(4, 0, 0)), 0));
        Heard ears = box.start();
        List<KeeperMessage.Clamp> clamps = ears.started().clamps();
        ears.await(KeeperMessage.Exited.class);
        assertEquals(1, clamps.size(), clamps.toString());
        assertEquals(7, clamps.getFirst().resource());
        assertEquals(1L << 40, clamps.getFirst().wantedHard());
        String[] open = box.stdout().lines().filter(l -> l.startsWith("Max open")).findFirst().orElseThrow().split("\\s+");
        assertEquals("1024", open[3]);
        assertEquals(Long.toString(clamps.getFirst().hard()), open[4]);
        assertTrue(box.stdout().lines().anyMatch(l -> l.matches("Max core file size\\s+0\\s+0\\s+bytes\\s*")), box.stdout());
    }

    @Test
    void theOomScoreIsThePlans() throws Exception {
        Containers.Box box = containers.shell("cat /proc/self/oom_score_adj")
                .privileges(p -> new PrivilegePlan(p.boundingCapabilities(), p.permittedCapabilities(), false, Optional.empty(), List.of(), 500));
        box.run();
        assertEquals("500\n", box.stdout());
        Heard ears = containers.shell("sleep 1")
                .privileges(p -> new PrivilegePlan(p.boundingCapabilities(), p.permittedCapabilities(), false, Optional.empty(), List.of(), -500))
                .start();
        int pid = ears.started().process().pid();
        int given = Integer.parseInt(Files.readString(Path.of("/proc/" + pid + "/oom_score_adj")).strip());
        boolean told = ears.started().clamps().stream().anyMatch(c -> c.resource() == KeeperMessage.Clamp.OOM_SCORE_ADJ && c.soft() == given);
        assertEquals(given != -500, told, "given " + given + ", told " + ears.started().clamps());
    }
}

package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.process.ProcessIdentity;
import dev.stowbook.spi.cgroup.Placement;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The keeper as a process of the host. */
class HygieneTest extends ContainersTest {

    private static TreeMap<Integer, String> descriptors(int pid) throws Exception {
        TreeMap<Integer, String> open = new TreeMap<>();
        try (Stream<Path> all = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            for (Path fd : all.toList()) {
                open.put(Integer.parseInt(fd.getFileName().toString()), Files.readSymbolicLink(fd).toString().replaceAll("\\[?\\d+]?$", ""));
            }
        }
        return open;
    }

    @Test
    void itHoldsTheDescriptorsItNeedsAndNoOthers() throws Exception {
        Containers.Box box = containers.shell("sleep 20").root(DefaultPaths::apply);
        Heard ears = box.start();
        ears.started();
        ears.connection().ping();
        ears.await(KeeperMessage.Pong.class);
        var open = descriptors(ears.await(KeeperMessage.Hello.class).keeper().pid()).values().stream().sorted().toList();
        assertEquals(
                List.of("/dev/null", "/dev/null", "/dev/null", "anon_inode:[signalfd]", "log", "pipe:", "pipe:", "socket:", "socket:"),
                open.stream().map(f -> f.endsWith("/log/log") ? "log" : f).sorted().toList());
    }

    @Test
    void itIsNobodysChildInASessionOfItsOwnWithNothingInherited() throws Exception {
        Heard ears = containers.shell("sleep 20").start();
        ears.started();
        ProcessIdentity keeper = ears.await(KeeperMessage.Hello.class).keeper();
        assertTrue(keeper.isAlive());
        assertTrue(Integer.parseInt(status(keeper.pid(), "PPid")) != ProcessHandle.current().pid());
        String[] stat = Files.readString(Path.of("/proc/" + keeper.pid() + "/stat")).replaceAll(".*\\) ", "").split(" ");
        assertEquals(Integer.toString(keeper.pid()), stat[3], "session");
        assertEquals("/", Files.readSymbolicLink(Path.of("/proc/" + keeper.pid() + "/cwd")).toString());
        assertEquals("stowbook-keeper", Files.readString(Path.of("/proc/" + keeper.pid() + "/comm")).strip());
        assertEquals("", Files.readString(Path.of("/proc/" + keeper.pid() + "/environ")));
        assertEquals("0000", status(keeper.pid(), "Umask"));
        String limit = Files.readAllLines(Path.of("/proc/" + keeper.pid() + "/limits")).stream().filter(l -> l.startsWith("Max open")).findFirst().orElseThrow();
        assertEquals("1024", limit.split("\\s+")[3]);
        assertEquals(0, ProcessHandle.current().children().filter(c -> c.info().command().orElse("").contains("keeper")).count());
        ears.connection().ping();
        ears.await(KeeperMessage.Pong.class);
    }

    @Test
    void itLivesInItsOwnGroupsAndNotInTheContainers() throws Exception {
        Path v1 = Files.createDirectory(Path.of("/sys/fs/cgroup/pids/" + containers.name + "-keepers"));
        Path v2 = Files.createDirectory(Path.of("/sys/fs/cgroup/unified/" + containers.name + "-keepers"));
        try {
            Containers.Box box = containers.shell("sleep 20")
                    .with(p -> new LaunchPlan(p.containerId(), 1, p.stateDirectory(), p.output(), p.process(), p.root(), p.join(), p.cgroup(),
                            new Placement(Optional.of(v2), List.of(v1.resolve("tasks"))), p.privileges(), p.users()));
            Heard ears = box.start();
            ears.started();
            String keeper = Integer.toString(ears.await(KeeperMessage.Hello.class).keeper().pid());
            ears.connection().ping();
            ears.await(KeeperMessage.Pong.class);
            assertEquals(List.of(keeper), procs(v1));
            assertEquals(List.of(keeper), procs(v2));
            String process = Integer.toString(ears.started().process().pid());
            for (Path tasks : box.plan().cgroup().tasksFiles()) {
                assertEquals(List.of(process), procs(tasks.getParent()));
            }
            assertEquals(List.of(process), procs(box.plan().cgroup().directory().orElseThrow()));
            ears.connection().signal(9).get();
            ears.awaitClosed();
            awaitGone(ears.await(KeeperMessage.Hello.class).keeper());
        } finally {
            Containers.removeGroup(v1);
            Containers.removeGroup(v2);
        }
    }

    @Test
    @Tag("release-build")
    void itsProgramNeedsNoLoaderAndNoLibrary() throws Exception { // CVE-2019-14271
        ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(Containers.keeperProgram())).order(ByteOrder.LITTLE_ENDIAN);
        int headers = (int) elf.getLong(32); // elf(5): e_phoff, e_phentsize, e_phnum
        int loadable = 0;
        for (int i = 0; i < elf.getShort(56); i++) {
            int type = elf.getInt(headers + i * elf.getShort(54));
            assertTrue(type != 2 && type != 3, "a program header of type PT_DYNAMIC or PT_INTERP");
            loadable += type == 1 ? 1 : 0;
        }
        assertTrue(loadable > 0);
    }

    @Test
    @Tag("release-build")
    void itCostsLessThanAQuarterMebibyte() throws Exception {
        Heard ears = containers.shell("echo x; sleep 20").root(DefaultPaths::apply).start();
        ears.started();
        ears.connection().ping();
        ears.await(KeeperMessage.Pong.class);
        int keeper = ears.await(KeeperMessage.Hello.class).keeper().pid();
        long anonymous = kib(status(keeper, "RssAnon"));
        long file = kib(status(keeper, "RssFile"));
        long shared = kib(status(keeper, "RssShmem"));
        long pss = Files.readAllLines(Path.of("/proc/" + keeper + "/smaps_rollup")).stream()
                .filter(l -> l.startsWith("Pss:")).mapToLong(l -> kib(l.substring(4).strip())).sum();
        System.out.println("keeper: RssAnon " + anonymous + " KiB, RssFile " + file + " KiB, RssShmem " + shared + " KiB, Pss " + pss + " KiB");
        assertTrue(pss < 256 && anonymous < 256, "Pss " + pss + " KiB, RssAnon " + anonymous + " KiB");
    }

    private static long kib(String value) {
        return Long.parseLong(value.split(" ")[0]);
    }
}

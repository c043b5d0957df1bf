package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.process.ProcessIdentity;
import dev.stowbook.linux.process.SealedProgram;
import dev.stowbook.linux.process.Spawn;
import dev.stowbook.linux.process.UnixListener;
import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.supervisor.model.IdRange;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The launch plan's bytes, and what a keeper does with broken ones. */
class PlanTest extends ContainersTest {

    static LaunchPlan launch() {
        return new LaunchPlan(
                "c0ffee", 3, Path.of("/state"),
                new OutputPlan(Optional.of(Path.of("/log")), 1000, 2, Duration.ofMillis(1500)),
                new ProcessPlan(List.of("a", "b c"), List.of("X=ä"), "/w", "u:g", List.of(7), true,
                        Optional.of(new ProcessPlan.TerminalSize(24, 80)), true),
                new RootPlan(new RootfsMount.Overlay(List.of(Path.of("/l1"), Path.of("/l2")), Path.of("/up"), Path.of("/work")), true,
                        List.of(new RootPlan.MountPlan.Bind(Path.of("/src"), "/dst", true, true),
                                new RootPlan.MountPlan.Bind(Path.of("/v"), "/d", "sub/path", true, true, false, RootPlan.MountPlan.Propagation.SLAVE),
                                new RootPlan.MountPlan.Tmpfs("/t", 4096, 01777, false)),
                        List.of(new RootPlan.DevicePlan("/dev/fuse", 'c', 10, 229, 0666, 1, 2)), 99,
                        List.of("/proc/kcore"), List.of("/proc/bus"), new TreeMap<>(Map.of("net.a", "1"))),
                LaunchPlan.NamespaceKind.below(Path.of("/pod"), true),
                new Placement(Optional.of(Path.of("/cg2")), List.of(Path.of("/cg1/tasks"))),
                new Placement(Optional.of(Path.of("/k2")), List.of(Path.of("/k1/tasks"))),
                new PrivilegePlan(0xff, 0x0f, true, Optional.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}),
                        List.of(new PrivilegePlan.ResourceLimit(7, 10, -1)), -5),
                Optional.of(IdRange.ofPod(1 << 30)));
    }

    static ExecPlan exec() {
        return new ExecPlan("e1", Path.of("/state"), new ProcessIdentity(42, 4711, "boot"), ProcessPlan.of("id"), true, 250,
                new Placement(Optional.empty(), List.of()), new Placement(Optional.empty(), List.of()), PrivilegePlan.capabilities(1), Optional.of(IdRange.ofPod(1 << 30)));
    }

    private static void golden(String name, byte[] plan) throws Exception {
        Path file = Path.of(System.getProperty("stowbook.repository"), "supervisor/src/test/resources/keeper/" + name + "-v1.hex");
        String hex = HexFormat.of().formatHex(plan).replaceAll("(.{96})", "$1\n") + "\n";
        if (Boolean.getBoolean("stowbook.golden.write")) { // for a new version's files; those of old versions never change
            Files.writeString(file, hex);
        }
        assertEquals(Files.readString(file), hex, "the bytes of plans of version 1 have changed: " + name);
    }

    @Test
    void plansOfVersionOneKeepTheirBytes() throws Exception {
        golden("launch", launch().encode());
        golden("exec", exec().encode());
        golden("sandbox", SandboxPlan.of(Path.of("/run/pods/p"), Optional.of("host"), Optional.of(IdRange.ofPod(1 << 30))).encode());
        golden("ports", new PortsPlan("p", Path.of("/run/pods/p"),
                List.of(new PortsPlan.HeldPort(PortsPlan.Protocol.UDP, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 53)),
                new Placement(Optional.empty(), List.of())).encode());
        golden("relay", new PortsPlan("p", Path.of("/run/pods/p"),
                List.of(new PortsPlan.HeldPort(PortsPlan.Protocol.TCP, InetAddress.getByName("::1"), 8080,
                        Optional.of(new PortsPlan.Target(InetAddress.getByName("10.88.0.2"), 80)))),
                new Placement(Optional.empty(), List.of())).encode());
    }

    @Test
    void everyFieldOfAPlanReachesTheBytes() {
        String text = new String(launch().encode(), StandardCharsets.UTF_8);
        for (String part : List.of("c0ffee", "/state", "/log", "b c", "X=ä", "/w", "u:g", "/l1", "/l2", "/up", "/work", "/src", "/dst", "/t",
                "/dev/fuse", "/proc/kcore", "/proc/bus", "net.a", "/pod/net", "/pod/ipc", "/pod/uts", "/pod/user", "/cg2", "/cg1/tasks", "/k2", "/k1/tasks")) {
            assertTrue(text.contains(part + "\0"), part);
        }
    }

    @Test
    void textWithANulIsRefusedBeforeItReachesAKeeper() {
        assertThrows(IllegalArgumentException.class, () -> new Wire.Writer().text(1, "a\0b"));
    }

    @Test
    void aMessageThatEndsEarlyIsNoKeepers() {
        assertThrows(ProtocolException.class, () -> KeeperMessage.parse(1, 0, new byte[] {1, 0, 8}));
        assertThrows(ProtocolException.class, () -> KeeperMessage.parse(4, 0, new byte[] {1, 0, 9, 0, 0, 0, 1}));
        assertEquals(Optional.empty(), KeeperMessage.parse(99, 0, new byte[0]));
    }

    @Test
    void aKeeperOfAVersionToComeIsRefusedByName() {
        byte[] hello = new Wire.Writer().number(1, 2).text(5, "c0ffee").toByteArray();
        ProtocolException refused = assertThrows(ProtocolException.class, () -> KeeperMessage.parse(1, 0, hello));
        assertTrue(refused.getMessage().startsWith("the keeper of c0ffee speaks version 2 "), refused.getMessage());
    }

    @Test
    void aListenerThatThrowsHarmsItsOwnConnectionOnly() throws Exception {
        Containers.Box box = containers.shell("sleep 30");
        Heard good = box.start();
        good.started();
        containers.reactor.connect(box.socket(), new KeeperListener() {
            @Override
            public void message(KeeperConnection from, KeeperMessage message) {
                throw new IllegalStateException("on purpose");
            }

            @Override
            public void closed(KeeperConnection connection, Optional<Exception> reason) {
                throw new IllegalStateException("on purpose again");
            }
        });
        good.connection().ping();
        good.await(KeeperMessage.Pong.class);
        Heard another = new Heard();
        containers.reactor.connect(box.socket(), another);
        another.started();
    }

    /** Spawns a keeper with any bytes as its plan. */
    private Heard spawn(byte[] plan) throws Exception {
        Path socket = containers.directory.resolve("broken");
        Files.deleteIfExists(socket);
        Heard ears = new Heard();
        try (SealedProgram program = SealedProgram.executable("keeper", Files.readAllBytes(Containers.keeperProgram()));
                SealedProgram sealed = SealedProgram.data("plan", plan);
                Fd listening = UnixListener.bind(socket, 4)) {
            containers.reactor.connect(socket, ears);
            Spawn.reap(Spawn.program(program.fd(), List.of("keeper"), List.of(sealed.fd(), listening)));
        }
        return ears;
    }

    @Test
    void aBrokenPlanIsSaidToBeBroken() throws Exception {
        assertEquals("the plan is shorter than its head, or longer than 8 MiB", spawn(new byte[5]).failed().sentence());
        byte[] plan = containers.shell("true").plan().encode();
        byte[] other = plan.clone();
        other[4] = 9;
        assertEquals("the plan's head is not that of a plan of version 1", spawn(other).failed().sentence());
        byte[] unknown = plan.clone();
        unknown[12] = 99;
        assertEquals("the plan holds a field that this keeper doesn't know, at tag 99", spawn(unknown).failed().sentence());
    }

    @Test
    void aPlanOfAnotherModeIsRefusedWhereTheDaemonListens() throws Exception {
        byte[] plan = SandboxPlan.of(containers.directory.resolve("nowhere"), Optional.of("host"), Optional.of(IdRange.ofPod(1 << 30))).encode();
        assertEquals("the plan's mode is not one that its control descriptor is for", spawn(plan).failed().sentence());
    }

    /** Only the daemon writes plans, but a keeper is root: whatever is in one, it ends, in a sentence or as asked, and never crashes. */
    @Test
    void randomDamageNeverCrashesTheKeeper() throws Exception {
        long seed = Long.getLong("stowbook.seed", System.nanoTime());
        int rounds = "all".equals(System.getProperty("stowbook.tests")) ? 3000 : 150;
        System.out.println("seed " + seed + ", rounds " + rounds);
        Random random = new Random(seed);
        // a plan whose paths lead nowhere: nothing of the host can be touched however it is damaged
        byte[] plan = launch().encode();
        for (int i = 0; i < rounds; i++) {
            byte[] damaged = plan.clone();
            for (int k = 0; k <= random.nextInt(4); k++) {
                damaged[12 + random.nextInt(damaged.length - 12)] ^= (byte) (1 << random.nextInt(8));
            }
            Heard ears = spawn(damaged);
            KeeperMessage.StartFailed failed = ears.failed();
            assertTrue(failed.errno() > 0 && !failed.sentence().isEmpty(), failed.toString());
            ears.awaitClosed();
        }
    }
}

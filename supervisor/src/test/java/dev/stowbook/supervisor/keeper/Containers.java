package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.process.PidFd;
import dev.stowbook.linux.process.ProcessIdentity;
import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.supervisor.model.IdRange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** What a test with real containers needs: a busybox root, groups of its own, a spawner; all of it is taken away at the end. */
final class Containers implements AutoCloseable {
    /** The capabilities of a default container. */
    static final long DEFAULT_CAPABILITIES = 0xa80425fbL;

    final Path directory;
    final String name = "stowbook-test-" + Long.toHexString(ThreadLocalRandom.current().nextLong());
    final KeeperReactor reactor;
    final KeeperSpawner spawner;
    final Path image;
    private final List<Path> groups = new ArrayList<>();
    private final List<Heard> heard = new ArrayList<>();
    /** The users of pods in a test about pods with users of their own; empty in all others. */
    final Optional<IdRange> users;

    private final Path pod;
    private int count;

    Containers() throws Exception {
        this(Optional.empty());
    }

    Containers(Optional<IdRange> users) throws Exception {
        this.users = users;
        directory = Files.createTempDirectory("stowbook-test-");
        image = directory.resolve("image");
        busybox(image);
        reactor = KeeperReactor.start();
        spawner = new KeeperSpawner(keeperProgram(), reactor);
        pod = directory.resolve("users");
        if (users.isPresent()) { // a user namespace wants a pod to be in
            sandbox(Files.createDirectory(pod), "inside");
        }
    }

    /** A pod's sandbox, with the users that the test is about. */
    Sandbox sandbox(Path podDirectory, String hostname) throws Exception {
        return spawner.sandbox(SandboxPlan.of(podDirectory, Optional.of(hostname), users));
    }

    /** The host's id of one inside. */
    long id(long inside) {
        return users.map(IdRange::first).orElse(0L) + inside;
    }

    static Path keeperProgram() {
        return keeperBuild().resolve("stowbook-keeper");
    }

    /** Where the keeper was built; {@code -Dstowbook.keeper} names another build, such as the one with sanitizers. */
    static Path keeperBuild() {
        return Path.of(System.getProperty("stowbook.keeper", System.getProperty("stowbook.repository") + "/supervisor/target/keeper"));
    }

    /** The sanitizers of that build write a file for each finding. */
    private static void failOnFindings() throws IOException {
        Path reports = keeperBuild().resolve("reports");
        if (Files.isDirectory(reports)) {
            try (Stream<Path> all = Files.list(reports)) {
                for (Path report : all.toList()) {
                    String finding = Files.readString(report);
                    Files.delete(report);
                    throw new AssertionError("the keeper's sanitizers found:\n" + finding);
                }
            }
        }
    }

    private static void busybox(Path root) throws IOException {
        for (String name : List.of("bin", "etc", "tmp", "proc", "sys", "dev", "root")) {
            Files.createDirectories(root.resolve(name));
        }
        Files.setPosixFilePermissions(root.resolve("tmp"), PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
        for (String applet : List.of(
                "sh", "cat", "echo", "sleep", "ps", "ls", "mount", "umount", "hostname", "id", "kill", "true", "false", "mkdir",
                "touch", "chroot", "readlink", "stat", "tty", "stty", "ipcs", "dd", "head", "seq", "grep", "env", "pwd", "wc",
                "printf", "mknod", "ln", "rm", "yes", "test", "usleep", "su", "od", "ip", "nc", "sysctl")) {
            Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
        }
        Files.writeString(root.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1001:A:/home/alice:/bin/sh\n");
        Files.writeString(root.resolve("etc/group"), "root:x:0:\nalice:x:1001:\nwheel:x:10:root,alice\nstaff:x:50:alice\n");
    }

    /** A new container's directories: state, log, and an overlay over the image. */
    Box box(String... argv) throws IOException {
        String id = name + "-" + count++;
        Path state = Files.createDirectories(directory.resolve(id));
        for (String part : List.of("upper", "work", "log")) {
            Files.createDirectories(state.resolve(part));
        }
        RootfsMount rootfs = new RootfsMount.Overlay(List.of(image), state.resolve("upper"), state.resolve("work"));
        LaunchPlan plan = new LaunchPlan(
                id,
                1,
                state,
                OutputPlan.to(state.resolve("log")),
                ProcessPlan.of(argv),
                RootPlan.of(rootfs),
                users.isPresent() ? LaunchPlan.NamespaceKind.below(pod, true) : LaunchPlan.hostNamespaces(),
                group(id),
                new Placement(Optional.empty(), List.of()),
                PrivilegePlan.capabilities(DEFAULT_CAPABILITIES),
                users);
        return new Box(plan, state, this);
    }

    /** A shell command in a new container. */
    Box shell(String script) throws IOException {
        return box("sh", "-c", script);
    }

    /** A group of its own in each hierarchy that is there. */
    private Placement group(String id) throws IOException {
        List<Path> tasks = new ArrayList<>();
        Optional<Path> unified = Optional.empty();
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            String[] halves = line.split(" - ");
            Path mountPoint = Path.of(halves[0].split(" ")[4]);
            String type = halves[1].split(" ")[0];
            if (type.equals("cgroup2")) {
                unified = Optional.of(makeGroup(mountPoint, id));
            } else if (type.equals("cgroup") && !line.contains("cpuset")) {
                tasks.add(makeGroup(mountPoint, id).resolve("tasks"));
            }
        }
        return new Placement(unified, tasks);
    }

    private Path makeGroup(Path hierarchy, String id) throws IOException {
        Path group = hierarchy.resolve(id);
        if (!Files.isDirectory(group)) {
            Files.createDirectory(group);
        }
        groups.add(group);
        return group;
    }

    /** Which is EBUSY until the last task is reaped. */
    static void removeGroup(Path group) throws Exception {
        for (int i = 0; Files.isDirectory(group); i++) {
            try {
                Files.delete(group);
            } catch (IOException e) {
                if (i == 3000) {
                    throw e;
                }
                Thread.sleep(10);
            }
        }
    }

    void remember(Heard ears) {
        heard.add(ears);
    }

    @Override
    public void close() throws Exception {
        for (Path group : groups) {
            for (String pid : Files.readAllLines(group.resolve("cgroup.procs"))) {
                Optional<ProcessIdentity> process = ProcessIdentity.of(Integer.parseInt(pid));
                if (process.isPresent()) {
                    Optional<PidFd> open = PidFd.open(process.get());
                    if (open.isPresent()) {
                        try (PidFd fd = open.get()) {
                            fd.signal(9);
                        }
                    }
                }
            }
        }
        for (Heard ears : heard) {
            ears.awaitClosed();
        }
        for (Path group : groups) {
            removeGroup(group);
        }
        Sandbox.remove(pod);
        spawner.close();
        reactor.close();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
        failOnFindings();
    }

    /** One container of a test. */
    record Box(LaunchPlan plan, Path state, Containers in) {
        Path socket() {
            return state.resolve("control");
        }

        /** The same process in a new container. */
        Box again() throws IOException {
            ProcessPlan process = plan.process();
            return in.shell("true").process(p -> process);
        }

        Box with(UnaryOperator<LaunchPlan> change) {
            return new Box(change.apply(plan), state, in);
        }

        Box root(UnaryOperator<RootPlan> change) {
            return with(p -> new LaunchPlan(
                    p.containerId(), p.generation(), p.stateDirectory(), p.output(), p.process(), change.apply(p.root()),
                    p.join(), p.cgroup(), p.keeperCgroup(), p.privileges(), p.users()));
        }

        Box process(UnaryOperator<ProcessPlan> change) {
            return with(p -> new LaunchPlan(
                    p.containerId(), p.generation(), p.stateDirectory(), p.output(), change.apply(p.process()), p.root(),
                    p.join(), p.cgroup(), p.keeperCgroup(), p.privileges(), p.users()));
        }

        Box privileges(UnaryOperator<PrivilegePlan> change) {
            return with(p -> new LaunchPlan(
                    p.containerId(), p.generation(), p.stateDirectory(), p.output(), p.process(), p.root(),
                    p.join(), p.cgroup(), p.keeperCgroup(), change.apply(p.privileges()), p.users()));
        }

        Box output(UnaryOperator<OutputPlan> change) {
            return with(p -> new LaunchPlan(
                    p.containerId(), p.generation(), p.stateDirectory(), change.apply(p.output()), p.process(), p.root(),
                    p.join(), p.cgroup(), p.keeperCgroup(), p.privileges(), p.users()));
        }

        Box join(Path podDirectory) {
            return with(p -> new LaunchPlan(
                    p.containerId(), p.generation(), p.stateDirectory(), p.output(), p.process(), p.root(),
                    LaunchPlan.NamespaceKind.below(podDirectory, p.users().isPresent()), p.cgroup(), p.keeperCgroup(), p.privileges(),
                    p.users()));
        }

        Box seeingTheHostsProcesses() {
            SortedMap<LaunchPlan.NamespaceKind, LaunchPlan.NamespaceSource> join = new TreeMap<>(plan.join());
            join.put(LaunchPlan.NamespaceKind.PID, LaunchPlan.NamespaceSource.host(LaunchPlan.NamespaceKind.PID));
            return with(p -> new LaunchPlan(
                    p.containerId(), p.generation(), p.stateDirectory(), p.output(), p.process(), p.root(), join, p.cgroup(),
                    p.keeperCgroup(), p.privileges(), p.users()));
        }

        Heard start() throws Exception {
            Heard ears = new Heard();
            in.remember(ears);
            ears.connection = in.spawner.run(plan, socket(), ears);
            return ears;
        }

        /** Runs it to its end. */
        KeeperMessage.Exited run() throws Exception {
            return start().await(KeeperMessage.Exited.class);
        }

        List<LogLine> log() throws IOException {
            return LogLine.parse(Files.readAllBytes(state.resolve("log/log")));
        }

        String stdout() throws IOException {
            return text("stdout");
        }

        String stderr() throws IOException {
            return text("stderr");
        }

        private String text(String stream) throws IOException {
            return new String(LogLine.join(log(), stream), StandardCharsets.UTF_8);
        }

        boolean exists(String inUpper) {
            return Files.exists(state.resolve("upper").resolve(inUpper), LinkOption.NOFOLLOW_LINKS);
        }
    }
}

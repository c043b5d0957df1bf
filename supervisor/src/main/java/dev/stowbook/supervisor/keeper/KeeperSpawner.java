package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.process.Pipe;
import dev.stowbook.linux.process.ProcessIdentity;
import dev.stowbook.linux.process.SealedProgram;
import dev.stowbook.linux.process.Spawn;
import dev.stowbook.linux.process.UnixListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;

/**
 * Spawns keepers. Safe for use by many threads; each call takes a worker for a fraction of a millisecond.
 *
 * <p>The program spawned leaves the keeper proper behind and ends at once, so that no keeper is a child of the daemon: it can't become
 * a zombie, and a daemon that has restarted is in the same position as the one that started it.
 */
public final class KeeperSpawner implements AutoCloseable {
    private static final int BACKLOG = 16;

    private final SealedProgram program;
    private final KeeperReactor reactor;

    /**
     * Reads the keeper's program once; from then on its file may change or vanish.
     *
     * @param program the file built from {@code supervisor/src/main/c}
     */
    public KeeperSpawner(Path program, KeeperReactor reactor) throws IOException, LinuxException {
        this.program = SealedProgram.executable("stowbook-keeper", Files.readAllBytes(program));
        this.reactor = reactor;
    }

    /**
     * Starts a container. The listener hears Hello, then Started (or Held, or StartFailed).
     *
     * @param controlSocket a path that a later daemon finds again; replaced if it exists
     * @throws LinuxException if the keeper could not be spawned
     */
    public KeeperConnection run(LaunchPlan plan, Path controlSocket, KeeperListener listener)
            throws IOException, LinuxException {
        return spawn("run " + plan.containerId(), plan.encode(), controlSocket, listener);
    }

    /** Starts one more process in a container. The listener hears Hello, then Started (or StartFailed). */
    public KeeperConnection exec(ExecPlan plan, Path controlSocket, KeeperListener listener)
            throws IOException, LinuxException {
        return spawn("exec " + plan.execId(), plan.encode(), controlSocket, listener);
    }

    private KeeperConnection spawn(String label, byte[] plan, Path controlSocket, KeeperListener listener)
            throws IOException, LinuxException {
        Files.deleteIfExists(controlSocket);
        // The socket listens, and we are connected, before the keeper runs: even a container that ends at once is heard. Our own copy
        // of the listening socket is closed afterwards: a keeper that dies without a word then ends the connection.
        try (Fd listening = UnixListener.bind(controlSocket, BACKLOG);
                SealedProgram sealed = SealedProgram.data("stowbook-plan", plan)) {
            KeeperConnection connection = reactor.connect(controlSocket, listener);
            try {
                List<Fd> descriptors = List.of(sealed.fd(), listening);
                Spawn.reap(Spawn.program(program.fd(), List.of("stowbook-keeper", label), descriptors));
                return connection;
            } catch (LinuxException e) {
                connection.close();
                throw e;
            }
        }
    }

    /**
     * Makes a pod's shared namespaces. Blocks for about a millisecond.
     *
     * @throws KeeperFailedException if it could not be made; nothing of it is left
     */
    public Sandbox sandbox(SandboxPlan plan) throws LinuxException, KeeperFailedException {
        Wire.Fields answer = ask("sandbox " + plan.podDirectory().getFileName(), plan.encode());
        TreeMap<String, Long> inodes = new TreeMap<>();
        inodes.put("net", answer.number(2));
        inodes.put("ipc", answer.number(3));
        inodes.put("uts", answer.number(4));
        plan.users().ifPresent(users -> inodes.put("user", answer.number(5)));
        return new Sandbox(plan.podDirectory(), inodes);
    }

    /**
     * Starts the process that holds a pod's ports; {@link PortHolder#release} ends it.
     *
     * @throws KeeperFailedException with EADDRINUSE and the address if somebody else has one of them; then none is held
     */
    public PortHolder ports(PortsPlan plan) throws LinuxException, KeeperFailedException {
        Wire.Fields answer = ask("ports " + plan.podId(), plan.encode());
        return new PortHolder(new ProcessIdentity(
                (int) answer.number(2), answer.number(3), ProcessIdentity.currentBootId()));
    }

    /**
     * Starts a pod's init, which holds the pid namespace that its containers share as {@code pid} in the pod's directory;
     * {@link Sandbox#remove} ends it.
     *
     * @throws KeeperFailedException if it could not be prepared
     */
    public PodInit podInit(PodInitPlan plan) throws LinuxException, KeeperFailedException {
        Wire.Fields answer = ask("init " + plan.podId(), plan.encode());
        return new PodInit(
                new ProcessIdentity((int) answer.number(2), answer.number(3), ProcessIdentity.currentBootId()), answer.number(4));
    }

    private Wire.Fields ask(String label, byte[] plan) throws LinuxException, KeeperFailedException {
        byte[] answer;
        try (Pipe pipe = Pipe.open();
                SealedProgram sealed = SealedProgram.data("stowbook-plan", plan)) {
            int pid = Spawn.program(program.fd(), List.of("stowbook-keeper", label), List.of(sealed.fd(), pipe.writeEnd()));
            pipe.writeEnd().close();
            answer = pipe.readAll();
            Spawn.reap(pid);
        }
        Wire.Fields fields = Wire.Fields.parse(answer);
        if (fields.number(1) != 1) {
            throw new KeeperFailedException(
                    fields.text(10), (int) fields.number(11), fields.text(12), answer.length == 0 ? "the keeper died without a word" : fields.text(13));
        }
        return fields;
    }

    @Override
    public void close() {
        program.close();
    }
}

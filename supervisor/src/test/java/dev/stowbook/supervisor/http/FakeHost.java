package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.command.DaemonCommand;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.credentials.Credential;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.Cause;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.event.TransferEvent;
import dev.stowbook.supervisor.loop.CommandLoop;
import dev.stowbook.supervisor.loop.EffectSink;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.MountSource;
import dev.stowbook.supervisor.model.ProcessIdentity;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Transfers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A host that does at once, and well, whatever it is asked, and whose processes end when a test says so. */
final class FakeHost implements EffectSink, AutoCloseable {
    private final ExecutorService worker = Executors.newSingleThreadExecutor();
    private final Map<ContainerId, Integer> attempts = new ConcurrentHashMap<>();
    final Transfers transfers = new Transfers();
    final List<String> logins = new CopyOnWriteArrayList<>();
    private int pids = 1000;
    private CommandLoop loop;

    /** Processes of this program cannot be started. */
    /** A volume that cannot be removed. */
    static final String STUBBORN = "stubborn";

    static final String MISSING = "/missing";

    /** What becomes of a pod's connections to networks. */
    enum Links {
        GOOD,
        /** They cannot be made, and undoing them never comes to an end. */
        HANG,
        /** They can be neither made nor undone. */
        FAIL
    }

    volatile Links links = Links.GOOD;

    void connect(CommandLoop to) {
        loop = to;
    }

    @Override
    public void begin(Effect effect, long sequence, Cause cause) {
        worker.execute(() -> {
            if (effect instanceof Effect.LeaveEndpoint && links == Links.HANG) {
                return;
            }
            switch (effect) {
                case Effect.StepEffect step -> answer(new Report.CompleteStep(outcome(step)), sequence, cause);
                case Effect.EnsureNetwork e -> answer(new DaemonCommand.NetworkIsReady(e.network(), "sbkbr0"), sequence, cause);
                case Effect.Schedule e -> throw new AssertionError("the loop's own");
                case Effect.ForgetExit e -> {}
                case Effect.ForgetExecExit e -> {}
                case Effect.PullImage e -> pull(e, sequence, cause);
                case Effect.PushImage e -> push(e, sequence, cause);
                case Effect.RemoveOrphan e -> {}
                case Effect.DropNetwork e -> answer(new DaemonCommand.NetworkIsGone(e.network()), sequence, cause);
                case Effect.RepairRules e -> {}
            }
        });
    }

    /** Only what is below {@code registry.example/} can be pulled. */
    private void pull(Effect.PullImage e, long sequence, Cause cause) {
        Transfers.Transfer client = transfers.take(cause.request(), e.reference());
        String digest = "sha256:" + "d".repeat(64);
        if (!e.reference().startsWith("registry.example/")) {
            RegistryException failure = new RegistryException(ErrorCode.NOT_FOUND, "registry docker.io has no " + e.reference());
            answer(new Report.ReportTransfer(new TransferEvent.PullFailed(e.transfer(), e.reference(), "NOT_FOUND", failure.getMessage())), sequence, cause);
            client.result().completeExceptionally(failure);
            return;
        }
        logins.add(client.credential().map(login -> login.user() + ":" + login.secret()).orElse("nobody"));
        client.listener().layer(digest, "downloading", 5, 10);
        StoredImage image = FakeUploads.image(e.reference().getBytes(StandardCharsets.UTF_8));
        loop.submit(
                        new Report.ReportPulled(
                                new TransferEvent.ImagePulled(e.transfer(), e.reference(), digest, image.id(), 1),
                                new ImageCommand.Arrival(image, List.of(e.reference()), "pull")),
                        Actor.daemon("execute"), sequence, cause.request())
                .thenRun(() -> client.result().complete(new Transfers.Result(image.id(), digest, e.platform().equals("linux/s390x") ? List.of("it is for another") : List.of())));
    }

    private void push(Effect.PushImage e, long sequence, Cause cause) {
        Transfers.Transfer client = transfers.take(cause.request(), e.reference());
        client.listener().layer("sha256:" + "e".repeat(64), "mounted", 10, 10);
        client.result().complete(new Transfers.Result(e.image().id(), "sha256:" + "f".repeat(64), List.of()));
        answer(new Report.ReportTransfer(new TransferEvent.ImagePushed(
                e.transfer(), e.reference(), "sha256:" + "f".repeat(64), e.image().id(), 0, 1)), sequence, cause);
    }

    static void checkLogin(String registry, Credential login) throws RegistryException {
        if (!login.secret().equals("right")) {
            throw new RegistryException(ErrorCode.DENIED, "registry " + registry + " does not accept " + login);
        }
    }

    private void answer(Command command, long sequence, Cause cause) {
        loop.submit(command, Actor.daemon("execute"), sequence, cause.request());
    }

    private StepEvent outcome(Effect.StepEffect step) {
        if (links != Links.GOOD && step instanceof Effect.JoinEndpoint e) {
            return new StepEvent.StepFailed(e.step(), e.pod(), "IO", 5, 128, "the link cannot be made", 1);
        }
        if (links == Links.FAIL && step instanceof Effect.LeaveEndpoint e) {
            return new StepEvent.StepFailed(e.step(), e.pod(), "IO", 5, 128, "the link cannot be undone", 1);
        }
        return switch (step) {
            case Effect.CreateSandbox e -> new StepEvent.SandboxCreated(
                    e.step(), e.pod(), new TreeMap<>(Map.of("net", 1L, "ipc", 2L, "uts", 3L)), 1);
            case Effect.CreateGroup e -> new StepEvent.CgroupCreated(e.step(), e.pod(), e.container(), new TreeMap<>(), List.of(), 1);
            case Effect.UpdateGroup e -> e.limits().io().weight().isPresent()
                    ? new StepEvent.StepFailed(e.step(), e.pod(), "UNSUPPORTED", 0, 128, "this kernel has no io.weight", 1)
                    : new StepEvent.CgroupUpdated(
                            e.step(), e.pod(), e.container(), new TreeMap<>(Map.of("pids/pids.max", "5")), List.of("rounded"), 1);
            case Effect.JoinEndpoint e -> new StepEvent.EndpointJoined(
                    e.step(), e.pod(), e.endpoint().id(), "sbkv0", "02:00:00:00:00:01", List.of(), 1);
            case Effect.RouteEndpoint e -> new StepEvent.EndpointRouted(
                    e.step(), e.joined().pod(), e.joined().endpoint().id(), e.joined().leadsOut(), 1);
            case Effect.PublishPorts e -> new StepEvent.PortsPublished(e.step(), e.pod(), e.ports(), Optional.of(identity()), 1);
            case Effect.PrepareRootfs e -> new StepEvent.RootfsPrepared(e.step(), e.pod(), e.container(), List.of("l"), "u", "w", 1);
            case Effect.StartProcess e -> start(e);
            case Effect.SendSignal e -> {
                if (e.signal().equals("TERM")) {
                    ended(e.container(), signalled(15));
                }
                yield new StepEvent.SignalSent(e.step(), e.pod(), e.container(), e.signal(), 1);
            }
            case Effect.Thaw e -> new StepEvent.ProcessesThawed(e.step(), e.pod(), e.container(), 1);
            case Effect.Freeze e -> new StepEvent.ProcessesFrozen(e.step(), e.pod(), e.container(), 1);
            case Effect.Kill e -> {
                ended(e.container(), signalled(9));
                yield new StepEvent.ProcessesKilled(e.step(), e.pod(), e.container(), 1, 1);
            }
            case Effect.LeaveEndpoint e -> new StepEvent.EndpointLeft(e.step(), e.pod(), e.endpoint().id(), 1);
            case Effect.DestroyGroup e -> new StepEvent.CgroupDestroyed(e.step(), e.pod(), e.container(), 1);
            case Effect.RemoveSandbox e -> new StepEvent.SandboxRemoved(e.step(), e.pod(), 1);
            case Effect.RemoveRootfs e -> new StepEvent.RootfsRemoved(e.step(), e.pod(), e.container(), 1);
            case Effect.RemoveFiles e -> new StepEvent.FilesRemoved(e.step(), e.pod(), 1);
            case Effect.StartExec e -> e.exec().process().argv().getFirst().equals(MISSING)
                    ? new StepEvent.ExecFailed(
                            e.step(), e.exec().id(), e.container().id(), 127, MISSING + ": there is no such program")
                    : new StepEvent.ExecStarted(e.step(), e.exec().id(), e.container().id(), identity(), identity(), 1);
            case Effect.BuildImage e -> new StepEvent.BuildFinished(e.step(), e.build(), FakeBuilds.IMAGE, 1);
            case Effect.RemoveImage e -> new StepEvent.ImageRemoved(e.step(), e.image(), 1);
            case Effect.CreateVolume e -> e.options().isEmpty()
                    ? new StepEvent.VolumePrepared(e.step(), e.pod(), e.volume(), 1)
                    : new StepEvent.VolumePreparationFailed(e.step(), e.volume(), "INVALID", "no such option: " + e.options().firstKey());
            case Effect.MountVolume e -> new StepEvent.VolumeMounted(
                    e.step(), e.pod(), e.key(), Optional.of(e.volume()), new MountSource("/volumes/" + e.volume(), false), 1);
            case Effect.FindHostPath e -> new StepEvent.VolumeMounted(
                    e.step(), e.pod(), e.key(), Optional.empty(), new MountSource(e.path().path(), false), 1);
            case Effect.FillVolume e -> new StepEvent.VolumeFilled(e.step(), e.pod(), e.container(), e.volume(), e.path(), 0, 1);
            case Effect.UnmountVolume e -> new StepEvent.VolumeUnmounted(e.step(), e.pod(), e.key(), e.volume(), 1);
            case Effect.RemoveVolume e -> e.volume().equals(STUBBORN)
                    ? new StepEvent.VolumeRemovalFailed(e.step(), e.volume(), "BUSY", "somebody has it")
                    : new StepEvent.VolumeRemoved(e.step(), e.pod(), e.volume(), 1);
        };
    }

    private StepEvent start(Effect.StartProcess e) {
        if (e.container().process().argv().getFirst().equals(MISSING)) {
            return new StepEvent.StepFailed(
                    e.step(), e.container().pod(), "NOT_FOUND", 2, 127, MISSING + ": there is no such program", 1);
        }
        attempts.put(e.container().id(), e.attempt());
        return new StepEvent.ProcessStarted(
                e.step(), e.container().pod(), e.container().id(), e.attempt(), identity(), 1, identity(),
                new TreeMap<>(Map.of("pid", 4L, "mnt", 5L)), List.of(), 1);
    }

    private ProcessIdentity identity() {
        return new ProcessIdentity(++pids, pids * 7L, "boot");
    }

    /** The outcome of a step comes before the end that it leads to. */
    private void ended(ContainerId container, ExitStatus exit) {
        worker.execute(() -> exits(container, exit));
    }

    /** A container's process ends. */
    void exits(ContainerId container, ExitStatus exit) {
        loop.submit(new Report.ReportExit(container, attempts.get(container), exit, 0), Actor.daemon("keeper"), 0, "");
    }

    void execExits(ExecId exec, int code) {
        loop.submit(new Report.ReportExecExit(exec, exited(code)), Actor.daemon("keeper"), 0, "");
    }

    void outOfMemory(ContainerId container) {
        loop.submit(new Report.ReportOom(container.value(), 1), Actor.daemon("cgroup"), 0, "");
    }

    static ExitStatus exited(int code) {
        return new ExitStatus(ExitStatus.Kind.EXITED, code, OptionalInt.empty(), now(), false, "");
    }

    static ExitStatus signalled(int signal) {
        return new ExitStatus(ExitStatus.Kind.SIGNALLED, 128 + signal, OptionalInt.of(signal), now(), false, "");
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MICROS);
    }

    @Override
    public void close() {
        worker.shutdownNow();
    }
}

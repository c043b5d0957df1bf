package dev.stowbook.supervisor.keeper;

import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.supervisor.model.IdRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Launch plans as bytes: a head, then tagged fields. {@code docs/keeper-protocol.md} has the table of tags. */
final class PlanEncoder {
    static final int VERSION = 1;

    private static final int RUN = 1;
    private static final int EXEC = 2;
    private static final int SANDBOX = 3;
    private static final int PORTS = 4;
    private static final int POD_INIT = 5;

    private static final int TTY = 1;
    private static final int STDIN = 2;
    private static final int READ_ONLY_ROOT = 4;
    private static final int NO_NEW_PRIVILEGES = 8;
    private static final int HOLD = 16;
    private static final int ATTACH = 32;
    private static final int SECCOMP = 64;
    private static final int NON_ROOT = 1 << 16;
    private static final int EXACT_OOM_SCORE = 1 << 17;
    private static final int INIT = 1 << 18;
    private static final int STDIN_ONCE = 1 << 19;

    private PlanEncoder() {}

    static byte[] encode(LaunchPlan plan) {
        Wire.Writer to = new Wire.Writer().number(1, RUN);
        to.text(2, plan.containerId());
        to.number(3, plan.generation());
        to.text(4, plan.stateDirectory().toString());
        OutputPlan output = plan.output();
        output.logDirectory().ifPresent(directory -> to.text(5, directory.toString()));
        to.number(6, output.maxBytes()).number(7, output.maxFiles()).number(8, output.drain().toMillis());
        to.number(9, flags(plan.process(), plan.privileges()) | (plan.root().readOnly() ? READ_ONLY_ROOT : 0));
        process(to, plan.process());
        root(to, plan.root());
        plan.join().forEach((kind, file) -> to.record(17, r -> namespace(r, kind, file)));
        placements(to, plan.cgroup(), plan.keeperCgroup());
        privileges(to, plan.privileges());
        users(to, plan.users());
        return withHead(to);
    }

    static byte[] encode(ExecPlan plan) {
        Wire.Writer to = new Wire.Writer().number(1, EXEC);
        to.text(2, plan.execId());
        to.text(4, plan.stateDirectory().toString());
        to.number(8, plan.drainMillis());
        to.number(9, flags(plan.process(), plan.privileges()) | (plan.attached() ? ATTACH : 0));
        process(to, plan.process());
        placements(to, plan.cgroup(), plan.keeperCgroup());
        privileges(to, plan.privileges());
        to.number(34, plan.target().pid()).number(35, plan.target().startTicks());
        users(to, plan.users());
        return withHead(to);
    }

    static byte[] encode(SandboxPlan plan) {
        Wire.Writer to = new Wire.Writer().number(1, SANDBOX);
        plan.hostname().ifPresent(name -> to.text(40, name));
        to.text(41, plan.podDirectory().toString());
        plan.network().ifPresent(file -> to.text(60, file.toString()));
        plan.userNamespace().ifPresent(file -> to.text(61, file.toString()));
        plan.sysctls().forEach((name, value) -> to.record(29, r -> r.text(1, name).text(2, value)));
        users(to, plan.users());
        plan.domainname().ifPresent(name -> to.text(120, name));
        return withHead(to);
    }

    static byte[] encode(PortsPlan plan) {
        Wire.Writer to = new Wire.Writer().number(1, PORTS).text(2, plan.podId());
        to.text(41, plan.podDirectory().toString()).number(36, KEEPER_OOM_SCORE_ADJ);
        placements(to, new Placement(java.util.Optional.empty(), java.util.List.of()), plan.keeperCgroup());
        plan.ports().forEach(port -> to.record(50, r -> {
            r.number(1, port.protocol().number()).bytes(2, port.address().getAddress()).number(3, port.port());
            port.target().ifPresent(target -> r.bytes(4, target.address().getAddress()).number(5, target.port()));
        }));
        return withHead(to);
    }

    private static void namespace(Wire.Writer to, LaunchPlan.NamespaceKind kind, LaunchPlan.NamespaceSource source) {
        to.number(1, Integer.toUnsignedLong(kind.cloneFlag())).text(2, source.file().toString());
        source.of().ifPresent(process -> to.number(3, process.pid()).number(4, process.startTicks()));
    }

    static byte[] encode(PodInitPlan plan) {
        Wire.Writer to = new Wire.Writer().number(1, POD_INIT).text(2, plan.podId());
        to.text(41, plan.podDirectory().toString()).number(36, KEEPER_OOM_SCORE_ADJ);
        placements(to, new Placement(java.util.Optional.empty(), java.util.List.of()), plan.keeperCgroup());
        LaunchPlan.NamespaceKind user = LaunchPlan.NamespaceKind.USER;
        plan.users().ifPresent(range -> to.record(
                17, r -> namespace(r, user, LaunchPlan.NamespaceSource.file(plan.podDirectory().resolve(user.fileName())))));
        users(to, plan.users());
        return withHead(to);
    }

    private static long flags(ProcessPlan process, PrivilegePlan privileges) {
        return (process.terminal().isPresent() ? TTY : 0)
                | (process.stdin() ? STDIN : 0)
                | (process.stdinOnce() ? STDIN_ONCE : 0)
                | (process.waits() ? HOLD : 0)
                | (process.init() ? INIT : 0)
                | (process.refusesRoot() ? NON_ROOT : 0)
                | (privileges.exactOomScore() ? EXACT_OOM_SCORE : 0)
                | (privileges.noNewPrivileges() ? NO_NEW_PRIVILEGES : 0)
                | (privileges.seccomp().isPresent() ? SECCOMP : 0);
    }

    private static void process(Wire.Writer to, ProcessPlan process) {
        process.argv().forEach(argument -> to.text(10, argument));
        process.env().forEach(variable -> to.text(11, variable));
        to.text(12, process.cwd()).text(13, process.user());
        process.extraGroups().forEach(group -> to.number(14, Integer.toUnsignedLong(group)));
        process.terminal().ifPresent(size -> to.number(32, size.rows()).number(33, size.columns()));
    }

    private static void root(Wire.Writer to, RootPlan root) {
        to.record(15, r -> rootfs(r, root.rootfs()));
        root.mounts().forEach(mount -> to.record(16, r -> mount(r, mount)));
        root.maskedPaths().forEach(path -> to.text(27, path));
        root.readOnlyPaths().forEach(path -> to.text(28, path));
        root.sysctls().forEach((name, value) -> to.record(29, r -> r.text(1, name).text(2, value)));
        root.devices().forEach(device -> to.record(30, r -> r.text(1, device.path())
                .number(2, device.type())
                .number(3, device.major())
                .number(4, device.minor())
                .number(5, device.mode())
                .number(6, device.uid())
                .number(7, device.gid())));
        to.number(31, root.shmBytes());
    }

    private static void rootfs(Wire.Writer to, RootfsMount rootfs) {
        switch (rootfs) {
            case RootfsMount.Overlay overlay -> {
                to.number(1, 1);
                overlay.lower().forEach(layer -> to.text(2, layer.toString()));
                to.text(3, overlay.upper().toString()).text(4, overlay.work().toString());
            }
            case RootfsMount.Directory directory -> to.number(1, 2).text(5, directory.directory().toString());
        }
    }

    private static void mount(Wire.Writer to, RootPlan.MountPlan mount) {
        switch (mount) {
            case RootPlan.MountPlan.Bind bind -> {
                to.number(1, 1)
                        .text(2, bind.source().toString())
                        .text(3, bind.target())
                        .number(4, (bind.readOnly() ? 1 : 0) | (bind.recursive() ? 2 : 0) | (bind.readOnlyBelow() ? 4 : 0));
                if (!bind.subPath().isEmpty()) {
                    to.text(140, bind.subPath());
                }
                to.number(141, bind.propagation().ordinal());
            }
            case RootPlan.MountPlan.Tmpfs tmpfs ->
                to.number(1, 2)
                        .text(3, tmpfs.target())
                        .number(4, tmpfs.readOnly() ? 1 : 0)
                        .number(5, tmpfs.sizeBytes())
                        .number(6, tmpfs.mode());
        }
    }

    private static void placements(Wire.Writer to, Placement process, Placement keeper) {
        process.directory().ifPresent(directory -> to.text(18, directory.toString()));
        process.tasksFiles().forEach(file -> to.text(19, file.toString()));
        keeper.directory().ifPresent(directory -> to.text(20, directory.toString()));
        keeper.tasksFiles().forEach(file -> to.text(21, file.toString()));
    }

    private static void privileges(Wire.Writer to, PrivilegePlan privileges) {
        to.number(22, privileges.boundingCapabilities()).number(23, privileges.permittedCapabilities());
        privileges.seccomp().ifPresent(filter -> to.bytes(24, filter));
        privileges.limits().forEach(limit -> to.record(
                25, r -> r.number(1, limit.resource()).number(2, limit.soft()).number(3, limit.hard())));
        to.number(26, privileges.oomScoreAdj());
        to.number(36, KEEPER_OOM_SCORE_ADJ);
    }

    private static void users(Wire.Writer to, Optional<IdRange> users) {
        users.ifPresent(range -> to.number(100, range.first()).number(101, range.count()));
    }

    /** Of a keeper: killed last, since it holds the truth about its container. */
    private static final int KEEPER_OOM_SCORE_ADJ = -999;

    private static byte[] withHead(Wire.Writer fields) {
        byte[] body = fields.toByteArray();
        return ByteBuffer.allocate(12 + body.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("SBKP".getBytes(StandardCharsets.US_ASCII))
                .putInt(VERSION)
                .putInt(body.length)
                .put(body)
                .array();
    }
}

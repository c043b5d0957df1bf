package dev.stowbook.supervisor.manifest;

import static dev.stowbook.supervisor.manifest.Shape.Field.join;
import static dev.stowbook.supervisor.manifest.Shape.Field.may;
import static dev.stowbook.supervisor.manifest.Shape.Field.must;

import dev.stowbook.supervisor.manifest.Shape.Field;
import dev.stowbook.supervisor.manifest.Shape.Fields;
import dev.stowbook.supervisor.manifest.Shape.Items;
import dev.stowbook.supervisor.manifest.Shape.Limit;
import dev.stowbook.supervisor.manifest.Shape.Text;
import dev.stowbook.supervisor.manifest.Shape.Truth;
import dev.stowbook.supervisor.manifest.Shape.Whole;
import dev.stowbook.supervisor.manifest.Shape.Word;
import dev.stowbook.supervisor.model.Ulimit;
import java.util.List;

/** The part of the field table that says what a process is and may do. */
final class ProcessTable {
    private static final long LARGEST_ID = Integer.MAX_VALUE;
    private static final Items GROUPS = new Items(new Whole(0, LARGEST_ID), 0, 64);
    private static final Items CALLS = new Items(new Text(Rule.SYSTEM_CALL), 0, 512);

    private static final Fields SECCOMP = new Fields(
            List.of(
                    must("type", new Word(List.of("RuntimeDefault", "Localhost", "Unconfined"), Notes.of()), "Where its filter comes from."),
                    may("localhostProfile", new Text(Rule.BELOW), "For `Localhost`: a file below the daemon's `security.seccompProfiles`.")),
            Notes.of());

    private static final Fields DEVICE = new Fields(
            List.of(
                    must("device", new Text(Rule.DEVICE), "Its node on the host, or its number, such as `c:10:229`."),
                    may("path", new Text(Rule.DEVICE_PATH), "Where its node is in the container; where it is on the host by default."),
                    may("access", new Word(List.of("r", "w", "m", "rw", "rm", "wm", "rwm"), Notes.of()),
                            "Read, write and make nodes of it; `rwm` by default.")),
            Notes.of());

    private static final Fields LIMIT = new Fields(
            List.of(
                    must("name", new Word(Ulimit.NAMES, Notes.of()), "Which: setrlimit(2) without `RLIMIT_`."),
                    must("soft", new Limit(), "The limit in force."),
                    may("hard", new Limit(), "How far the process itself can raise it; `soft` by default.")),
            Notes.of());

    /** Of a container's securityContext and a pod's; a container's word counts. */
    static final List<Field> IDENTITY = List.of(
            may("runAsUser", new Whole(0, LARGEST_ID), "User id of the first process; the image's by default."),
            may("runAsGroup", new Whole(0, LARGEST_ID), "Group id; the image's by default."),
            may("runAsNonRoot", new Truth(), "Whether a start as user 0 is refused; false by default."),
            may("seccompProfile", SECCOMP, "Which system calls may be made; `RuntimeDefault` by default."));

    /** Of a pod's securityContext. */
    static final Fields POD_SECURITY = new Fields(
            join(IDENTITY, List.of(
                    may("supplementalGroups", GROUPS, "Group ids of every process beside those of the image."),
                    may("sysctls", new Items(
                            new Fields(
                                    List.of(
                                            must("name", new Text(Rule.SYSCTL), "`net.*`, `fs.mqueue.*`, `kernel.shm*`, `kernel.msg*` or `kernel.sem`."),
                                            must("value", new Text(Rule.ANY), "What is written to it.")),
                                    Notes.of()),
                            0, 256), "Kernel parameters of namespaces that are the pod's own."))),
            Notes.of("fsGroup", "", "fsGroupChangePolicy", "", "seLinuxOptions", "", "windowsOptions", "", "appArmorProfile", "",
                    "supplementalGroupsPolicy", "", "seLinuxChangePolicy", ""));

    /** Of a container. */
    static final List<Field> STREAMS = List.of(
            may("stdin", new Truth(), "Whether standard input stays open for who attaches (`stowbook attach`) instead of being `/dev/null`; false by default."),
            may("stdinOnce", new Truth(), "Whether it ends when the first who could write to it leaves; false by default."),
            may("tty", new Truth(), "Whether its standard streams are a terminal, which has the size of the window of who attaches; false by default."));

    static final Field ULIMITS =
            may("ulimits", new Items(LIMIT, 0, 16), "Limits of setrlimit(2), clamped to the daemon's own hard limits.");

    /** Of a container's mapping {@code stowbook}. */
    static final List<Field> CONTAINER = List.of(
            may("devices", new Items(DEVICE, 0, 64), "Devices of the host that it may use."),
            may("init", new Truth(), "Whether a small init is process 1, passes signals on and reaps; false by default."),
            may("oomScoreAdj", new Whole(-1000, 1000), "How readily it is killed when memory is short; 0 by default."),
            may("seccomp", new Fields(
                    List.of(
                            may("allow", CALLS, "System calls allowed whatever the profile says."),
                            may("deny", CALLS, "System calls that fail with EPERM whatever the profile says.")),
                    Notes.of()), "Changes to its profile."),
            may("stopSignal", new Text(Rule.SIGNAL), "The signal that asks it to end, such as `SIGINT`; the image's, or SIGTERM, by default."),
            may("supplementalGroups", GROUPS, "Group ids beside the pod's."),
            ULIMITS);

    /** Of a pod. */
    static final List<Field> NAMESPACES = List.of(
            may("hostPID", new Truth(), "Whether its containers see the host's processes; false by default."),
            may("hostIPC", new Truth(), "Whether they see the host's IPC objects; false by default."),
            may("shareProcessNamespace", new Truth(), "Whether they see each other's processes; false by default."));

    /** Of a pod's mapping {@code stowbook}. */
    static final List<Field> POD = List.of(
            may("domainname", new Text(Rule.DOMAIN), "The NIS domain name inside."),
            may("hostUTS", new Truth(), "Whether its host name is the host's; false by default."),
            may("joinPid", new Text(Rule.CONTAINER), "The running container whose processes it sees, `pod/container` or `pod`."),
            may("joinIpc", new Text(Rule.CONTAINER), "The running container whose IPC objects it sees."),
            may("joinUts", new Text(Rule.CONTAINER), "The running container whose host name it has."));

    private ProcessTable() {}
}

package dev.stowbook.supervisor.manifest;

import static dev.stowbook.supervisor.manifest.Shape.Field.may;
import static dev.stowbook.supervisor.manifest.Shape.Field.must;

import dev.stowbook.supervisor.manifest.Shape.Amount;
import dev.stowbook.supervisor.manifest.Shape.Field;
import dev.stowbook.supervisor.manifest.Shape.Fields;
import dev.stowbook.supervisor.manifest.Shape.Items;
import dev.stowbook.supervisor.manifest.Shape.Text;
import dev.stowbook.supervisor.manifest.Shape.Truth;
import dev.stowbook.supervisor.manifest.Shape.Whole;
import dev.stowbook.supervisor.manifest.Shape.Word;
import java.util.List;

/**
 * The part of the field table that is about limits: {@code resources}, as Kubernetes has it, and {@code stowbook.resources}, what cgroups
 * can do beyond it. The ranges are those of the kernel ({@code LimitLegality} of the SPI names the source of each).
 */
final class ResourceTable {
    static final String CPUSET = "stowbook.dev/cpuset";
    static final String MEMORY_AND_SWAP = "stowbook.dev/memory-and-swap";
    static final String PIDS = "stowbook.dev/pids";
    static final String STORAGE = "ephemeral-storage";
    static final String HUGE_PAGES = "hugepages-";

    private static final long MOST_MICROS = (1L << 44) / 1000;

    /** {@code resources} of a container, or of a pod as a whole. */
    static final Fields RESOURCES = new Fields(
            List.of(
                    may("requests", new Fields(
                            List.of(may("cpu", new Amount(), "Its weight when processors are scarce; the limit by default.")),
                            Notes.of("memory", "only limits.memory has an effect on one host",
                                    "ephemeral-storage", "", "hugepages-2Mi", "", "hugepages-1Gi", "")),
                            "What it should get when others want the same."),
                    may("limits", new Fields(
                            List.of(
                                    may("cpu", new Amount(true), "Processors, at least 10m."),
                                    may("memory", new Amount(true), "Bytes of memory, at least 1Mi."),
                                    may(HUGE_PAGES + "2Mi", new Amount(true), "Bytes of huge pages of 2 MiB."),
                                    may(HUGE_PAGES + "1Gi", new Amount(true), "Bytes of huge pages of 1 GiB."),
                                    may(MEMORY_AND_SWAP, new Amount(true),
                                            "Bytes of memory and swap together, at least `memory`; twice that by default."),
                                    may(PIDS, new Whole(1, 4_194_304, true), "Processes and threads."),
                                    may(STORAGE, new Amount(),
                                            "Bytes it may write to its root file system, at least 1Mi. A graph driver that cannot limit it refuses the start by name."),
                                    may(CPUSET, new Text(Rule.CPUSET), "The processors it may run on, such as `\"0-1\"`.")),
                            Notes.of()),
                            "What it cannot get more of; `max` is no limit.")),
            Notes.of("claims", ""));

    private static final Fields CPU = new Fields(
            List.of(
                    may("shares", new Whole(2, 262_144), "Its weight when processors are scarce, 1024 a processor; from `requests.cpu` by default."),
                    may("periodMicros", new Whole(1000, 1_000_000), "The period of its quota; 100000 by default."),
                    may("quotaMicros", new Whole(1000, MOST_MICROS, true), "Processor time in a period; from `limits.cpu` by default."),
                    may("burstMicros", new Whole(0, MOST_MICROS), "Unused quota that it may save up and spend on top, at most the quota."),
                    may("mems", new Text(Rule.CPUSET), "The memory nodes it may use, such as `\"0\"`.")),
            Notes.of());

    private static final Fields MEMORY = new Fields(
            List.of(
                    may("reservation", new Amount(), "Bytes that are left to it for as long as others have more to give; 0 for none."),
                    may("min", new Amount(), "Bytes that are never taken from it; 0 for none. cgroup v2 only."),
                    may("high", new Amount(true), "Bytes beyond which it is slowed, but not killed. cgroup v2 only."),
                    may("swappiness", new Whole(0, 200), "How readily it is swapped. cgroup v1 only."),
                    may("oomGroup", new Truth(), "Whether all its processes are killed if one is killed for memory. cgroup v2 only.")),
            Notes.of());

    private static final Fields DEVICE = new Fields(
            List.of(
                    must("device", new Text(Rule.BLOCK_DEVICE), "A whole disk, by path or number: `/dev/sda`, `\"8:0\"`."),
                    may("readBytesPerSecond", new Amount(true), "Bytes read a second."),
                    may("writeBytesPerSecond", new Amount(true),
                            "Bytes written a second. cgroup v1 limits only direct and synchronous writes, v2 buffered ones, too."),
                    may("readsPerSecond", new Whole(1, Integer.MAX_VALUE, true), "Read operations a second."),
                    may("writesPerSecond", new Whole(1, Integer.MAX_VALUE, true), "Write operations a second.")),
            Notes.of());

    private static final Fields PRESSURE = new Fields(
            List.of(
                    must("resource", new Word(List.of("cpu", "memory", "io"), Notes.of()), "What its processes wait for."),
                    may("kind", new Word(List.of("some", "full"), Notes.of()), "Whether some wait, or all at once; some by default."),
                    must("stallMillis", new Whole(1, 10_000), "For how long in sum, at most the window."),
                    may("windowMillis", new Whole(500, 10_000), "Within which time; 2000 by default.")),
            Notes.of());

    /** {@code stowbook.resources}. */
    static final Fields STOWBOOK_RESOURCES = new Fields(
            List.of(
                    may("cpu", CPU, "Processor time, by the kernel's own numbers."),
                    may("memory", MEMORY, "Memory beyond its limit."),
                    may("io", new Fields(
                            List.of(
                                    may("weight", new Whole(1, 10_000), "Its share of a contended disk, 100 being the default; needs the BFQ scheduler"
                                            + " or io.cost."),
                                    may("devices", new Items(DEVICE, 0, 64), "Rates per disk.")),
                            Notes.of()), "Block devices."),
                    may("netClass", new Whole(0, 0xffffffffL), "`net_cls.classid` of its packets. cgroup v1 only."),
                    may("pressure", new Items(PRESSURE, 0, 8), "When stalls of its processes become the event `PressureRose`.")),
            Notes.of());

    /** What is below {@code stowbook} of a container, and of a pod as a whole. */
    static final List<Field> STOWBOOK = List.of(may("resources", STOWBOOK_RESOURCES, "Limits beyond those of Kubernetes."));

    /** The body of a request to change limits: the same fields as in a manifest. */
    static final Fields CHANGE = new Fields(
            List.of(
                    may("resources", RESOURCES, "Limits, as in a manifest."),
                    may("stowbook", new Fields(STOWBOOK, Notes.of()),
                            "What Kubernetes does not have.")),
            Notes.of());

    private ResourceTable() {}
}

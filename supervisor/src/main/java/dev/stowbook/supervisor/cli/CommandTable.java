package dev.stowbook.supervisor.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every command, as data, below the headings that help shows. */
final class CommandTable {
    private static final int ANY = Integer.MAX_VALUE;
    private static final OptionSpec AT = OptionSpec.value("at", (char) 0, "SEQ|TIME", "as it was at a sequence number, a time, or so long ago (10m)");
    private static final OptionSpec GRACE = OptionSpec.value("grace", (char) 0, "SECONDS", "how long it may take to end before it is killed");
    private static final OptionSpec FILE = OptionSpec.value("file", 'f', "FILE", "a manifest, - for standard input; may be given again");
    private static final OptionSpec LOCK = OptionSpec.value("lock", (char) 0, "FILE", "the lock file; pod.lock.yaml beside pod.yaml if not given");
    private static final OptionSpec ROOT = OptionSpec.value("root", (char) 0, "DIR", "where its book and layers are; /var/lib/stowbook");
    private static final OptionSpec INSECURE_POLICY = OptionSpec.flag(
            "insecure-policy", (char) 0, "also a name that the daemon's signature policy does not allow; the book records it");
    private static final OptionSpec MEMORY = OptionSpec.value("memory", 'm', "BYTES", "memory, such as 64Mi");
    private static final OptionSpec MEMORY_SWAP =
            OptionSpec.value("memory-swap", (char) 0, "BYTES", "memory and swap together; twice the memory by default");
    private static final OptionSpec CPUS = OptionSpec.value("cpus", (char) 0, "N", "processors, such as 1.5 or 200m");
    private static final OptionSpec CPU_SHARES = OptionSpec.value("cpu-shares", 'c', "N", "weight when processors are scarce, 1024 a processor");
    private static final OptionSpec CPU_PERIOD = OptionSpec.value("cpu-period", (char) 0, "MICROS", "the period of its quota");
    private static final OptionSpec CPU_QUOTA = OptionSpec.value("cpu-quota", (char) 0, "MICROS", "processor time in a period");
    private static final OptionSpec CPUSET = OptionSpec.value("cpuset", (char) 0, "LIST", "the processors it may run on, such as 0-2,4");
    private static final OptionSpec PIDS = OptionSpec.value("pids", (char) 0, "N", "processes and threads");
    private static final OptionSpec QUIET = OptionSpec.flag("quiet", 'q', "names only");
    private static final OptionSpec TYPE = OptionSpec.value("type", (char) 0, "pod|container|image|network|volume", "look for this only");
    private static final OptionSpec TO = OptionSpec.value("to", (char) 0, "FILE", "where to; standard output if not given");

    /**
     * Commands that belong together.
     *
     * @param title their heading
     * @param commands in the order of help
     */
    record Section(String title, List<CommandSpec> commands) {}

    /** Options of every command. */
    static final List<OptionSpec> COMMON = List.of(
            OptionSpec.value("host", 'H', "unix://PATH", "the daemon's socket; STOWBOOK_HOST, or unix:///run/stowbook/api.sock"),
            OptionSpec.value("output", 'o', "table|json", "what to print"),
            OptionSpec.flag("trace-http", (char) 0, "show requests and answers on standard error"),
            OptionSpec.flag("help", 'h', "show this help"));

    static final List<Section> SECTIONS = List.of(
            section("Pods and containers",
                    command("apply", "", 0, 0, "Create the pods of a manifest, or change them to fit it.", "file", FILE,
                            OptionSpec.flag("locked", (char) 0, "run the very images that the lock file beside it names, and no others"), LOCK),
                    command("delete", "NAME...", 0, ANY, "Stop and remove pods, by name or by manifest.", "pod", FILE, GRACE,
                            OptionSpec.flag("force", (char) 0, "do not wait for them to end")),
                    command("start", "NAME...", 1, ANY, "Start stopped pods.", "pod"),
                    command("stop", "NAME...", 1, ANY, "Stop pods or containers.", "container", GRACE),
                    command("kill", "NAME...", 1, ANY, "Send a signal to pods or containers.", "container",
                            OptionSpec.value("signal", 's', "NAME", "KILL if not given")),
                    command("pause", "NAME...", 1, ANY, "Make all processes of pods or containers stand still.", "container"),
                    command("resume", "NAME...", 1, ANY, "Let paused pods or containers go on.", "container"),
                    command("rm", "NAME...", 1, ANY, "Remove stopped pods.", "pod", OptionSpec.flag("force", 'f', "stop running ones first")),
                    command("update", "NAME...", 1, ANY, "Change the limits of containers that run.", "container",
                            OptionSpec.flag("pod", (char) 0, "the limits of whole pods"),
                            MEMORY, MEMORY_SWAP,
                            OptionSpec.value("memory-reservation", (char) 0, "BYTES", "memory left to it while others have more to give"),
                            CPUS, CPU_SHARES, CPU_PERIOD, CPU_QUOTA,
                            OptionSpec.value("cpu-burst", (char) 0, "MICROS", "unused quota that it may save up"),
                            CPUSET, PIDS,
                            OptionSpec.value("io-weight", (char) 0, "N", "its share of contended disks, 100 being the default"),
                            OptionSpec.value("file", 'f', "FILE", "resources and stowbook.resources as in a manifest, - for standard input"))
                            .more("The word max stands for no limit."),
                    command("wait", "NAME...", 1, ANY, "Wait until containers have exited.", "container").more("Ends with the last one's code."),
                    command("ps", "", 0, 0, "List containers that run.", "", OptionSpec.flag("all", 'a', "exited ones, too"), AT, QUIET),
                    command("pods", "", 0, 0, "List pods.", "", AT, QUIET)),
            section("In a container",
                    command("logs", "NAME", 1, 1, "Show what a container wrote.", "container",
                            OptionSpec.flag("follow", 'f', "go on until it has exited for good"),
                            OptionSpec.value("tail", 'n', "N", "the last N lines only"),
                            OptionSpec.value("since", (char) 0, "TIME", "from a time, or so long ago (10m)"),
                            OptionSpec.flag("timestamps", 't', "begin each line with its time"),
                            OptionSpec.value("stream", (char) 0, "stdout|stderr", "one stream only")),
                    command("exec", "NAME [--] COMMAND...", 2, ANY, "Run one more program in a container.", "container",
                            OptionSpec.flag("interactive", 'i', "pass standard input on"), OptionSpec.flag("tty", 't', "give it a terminal"),
                            OptionSpec.value("env", 'e', "NAME=VALUE", "set a variable; may be given again"),
                            OptionSpec.value("workdir", 'w', "DIR", "where it starts"), OptionSpec.value("user", 'u', "USER", "name, uid, or uid:gid")),
                    command("attach", "NAME", 1, 1, "Pass on what a container's program reads and writes.", "container",
                            OptionSpec.flag("no-stdin", (char) 0, "do not pass standard input on, nor its end"),
                            OptionSpec.value("logs", (char) 0, "N", "show the last N lines that it wrote first"),
                            OptionSpec.value("detach-keys", (char) 0, "KEYS", "what to type in its terminal to leave it; ctrl-p,ctrl-q if not given, '' for none"))
                            .more("Until the program ends or is left."),
                    command("cp", "SOURCE TARGET", 2, 2, "Copy files into a container or out of it.", "container file",
                            OptionSpec.flag("archive", 'a', "keep owners"),
                            OptionSpec.flag("follow-link", 'L', "copy what a symbolic link SOURCE leads to, not the link"))
                            .more("NAME:PATH is in a container, - a tar on standard input or output."),
                    command("stats", "[NAME...]", 0, ANY, "Show what containers use of the machine.", "container",
                            OptionSpec.flag("follow", 'f', "go on, once a second")).more("Processors, memory, processes, network and disks."),
                    command("diff", "NAME", 1, 1, "Show what a container changed in its root file system.", "container")
                            .more("A is added, M modified, D deleted."),
                    command("export", "NAME", 1, 1, "Write a container's root file system as a tar.", "container", TO)
                            .more("What is mounted in it is left out."),
                    command("commit", "NAME [IMAGE]", 1, 2, "Make an image of a container and what it changed.", "container",
                            OptionSpec.value("change", 'c', "INSTRUCTION", "such as 'CMD [\"sh\"]' or 'ENV A=b'; may be given again"),
                            OptionSpec.value("author", (char) 0, "NAME", "who made it"), OptionSpec.value("message", 'm', "TEXT", "what for"),
                            OptionSpec.flag("no-pause", (char) 0, "let it run on meanwhile, though it may write"),
                            INSECURE_POLICY)),
            section("Images",
                    command("image ls", "", 0, 0, "List images.", "", OptionSpec.flag("all", 'a', "those that are only steps on the way to others, too"),
                            OptionSpec.flag("digests", (char) 0, "the names by digest of those that have a tag, too"), QUIET),
                    command("image history", "NAME", 1, 1, "Show the steps that an image came about by.", "image").more("Newest first."),
                    command("image tag", "NAME NEW-NAME", 2, 2, "Give an image one more name.", "image", INSECURE_POLICY),
                    command("image rm", "NAME...", 1, ANY, "Remove images.", "image", OptionSpec.flag("force", 'f', "all their names, too")),
                    command("image load", "[FILE|-]", 0, 1, "Load images from an OCI layout or a docker-archive.", "file",
                            OptionSpec.value("input", 'i', "FILE", "the archive; - for standard input"), INSECURE_POLICY),
                    command("image save", "NAME...", 1, ANY, "Write images as one tar, which other engines read, too.", "image", TO,
                            OptionSpec.value("format", (char) 0, "docker|oci", "docker is an OCI layout that docker load reads as well; the default")),
                    command("image import", "FILE|DIR|- NAME", 2, 2, "Make an image of one layer from a tar or a directory.", "file", INSECURE_POLICY),
                    command("image lock", "", 0, 0, "Write down which images the names in manifests mean.", "file", FILE, LOCK,
                            OptionSpec.value("platform", (char) 0, "OS/ARCH", "for this kind of machine, such as linux/arm64; this host if not given; may be given again"),
                            OptionSpec.flag("check", (char) 0, "write nothing, say what differs from the lock file, and end with 1 if anything does"))
                            .more("What is written is for apply --locked."),
                    command("image prune", "", 0, 0, "Remove images that have no name and no container.", "",
                            OptionSpec.flag("all", 'a', "also those that have a name"), OptionSpec.flag("force", 'f', "do it, and not only say which")),
                    command("image gc", "", 0, 0, "Remove what no event knows and what is unused.", "",
                            OptionSpec.flag("dry-run", (char) 0, "say what would go, and why it can"))
                            .more("Unused images go while the disk is fuller than images.gcLowPercent."),
                    command("fsck", "", 0, 0, "Check the image store against the book.", "",
                            OptionSpec.flag("repair", (char) 0, "make right what can be, from what is left or by pulling again"))
                            .more("Every digest, every layer's tar, and what the book does not know.")),
            section("Registries and builds",
                    command("pull", "NAME", 1, 1, "Fetch an image from its registry.", "",
                            OptionSpec.value("platform", (char) 0, "OS/ARCH", "for another kind of machine, such as linux/arm64")),
                    command("push", "NAME", 1, 1, "Send an image to the registry that its name names.", "image"),
                    command("login", "[REGISTRY]", 0, 1, "Log in at a registry, and keep the login.", "",
                            OptionSpec.value("username", 'u', "NAME", "who logs in"),
                            OptionSpec.flag("password-stdin", (char) 0, "read the password from standard input"))
                            .more("The login is kept where docker keeps it. Without a name it is docker.io."),
                    command("logout", "[REGISTRY]", 0, 1, "Forget the login at a registry.", ""),
                    command("build", "DIR|-", 1, 1, "Build an image from a Dockerfile and a context.", "file",
                            OptionSpec.value("file", 'f', "FILE", "the Dockerfile; DIR/Dockerfile if not given"),
                            OptionSpec.value("tag", 't', "NAME", "what the image is to be called; may be given again"),
                            OptionSpec.value("target", (char) 0, "STAGE", "the stage to end with; the last one if not given"),
                            OptionSpec.value("build-arg", (char) 0, "NAME=VALUE", "the value of an ARG; the environment's without =VALUE; may be given again"),
                            OptionSpec.value("label", (char) 0, "NAME=VALUE", "a mark on the image; may be given again"),
                            OptionSpec.flag("no-cache", (char) 0, "take every step anew"),
                            OptionSpec.flag("pull", (char) 0, "ask for base images again"),
                            OptionSpec.value("platform", (char) 0, "OS/ARCH", "what to build for, such as linux/amd64; this host if not given"),
                            MEMORY, MEMORY_SWAP, CPUS, CPU_SHARES, CPU_PERIOD, CPU_QUOTA, CPUSET, PIDS,
                            OptionSpec.value("ulimit", (char) 0, "NAME=SOFT[:HARD]", "a limit of setrlimit for RUN, such as nofile=1024:2048; may be given again"),
                            OptionSpec.value("shm-size", (char) 0, "BYTES", "the size of /dev/shm for RUN, such as 128Mi"),
                            OptionSpec.value("network", (char) 0, "NAME", "the network of RUN: none, host, pod:NAME, or a network; may be given again"),
                            OptionSpec.value("add-host", (char) 0, "NAME:ADDRESS", "a line of /etc/hosts for RUN; may be given again"),
                            OptionSpec.value("iidfile", (char) 0, "FILE", "write the image's id to a file"),
                            OptionSpec.flag("quiet", 'q', "print the image's id only"))
                            .more("The context is a directory, or a tar on standard input.")),
            section("Networks",
                    command("network ls", "", 0, 0, "List networks.", "", QUIET),
                    command("network create", "NAME", 1, 1, "Make a network.", "",
                            OptionSpec.value("subnet", (char) 0, "CIDR", "IPv4 or IPv6; a free one if not given; may be given for each"),
                            OptionSpec.value("gateway", (char) 0, "ADDRESS", "the host's address in the subnet; the first if not given"),
                            OptionSpec.flag("ipv6", (char) 0, "with an IPv6 subnet, too"),
                            OptionSpec.flag("internal", (char) 0, "its pods reach nothing outside"),
                            OptionSpec.flag("open", (char) 0, "its pods and those of other open networks reach each other"),
                            OptionSpec.value("mtu", (char) 0, "BYTES", "largest packet"),
                            OptionSpec.value("label", (char) 0, "NAME=VALUE", "a mark; may be given again")),
                    command("network inspect", "NAME...", 1, ANY, "Show all there is to know about networks.", "network"),
                    command("network connect", "NETWORK POD", 2, 2, "Put a pod on one more network, while it runs, too.", "network pod",
                            OptionSpec.value("address", (char) 0, "ADDRESS", "the IPv4 address to have there"),
                            OptionSpec.value("address6", (char) 0, "ADDRESS", "the IPv6 address to have there"),
                            OptionSpec.value("alias", (char) 0, "NAME", "one more name there; may be given again"),
                            OptionSpec.value("mac", (char) 0, "ADDRESS", "the hardware address of its link"),
                            OptionSpec.value("gateway-priority", (char) 0, "N", "the network with the highest takes its default route; 0 if not given")),
                    command("network disconnect", "NETWORK POD", 2, 2, "Take a pod off a network.", "network pod"),
                    command("network rm", "NAME...", 1, ANY, "Remove networks that no pod is on.", "network"),
                    command("network prune", "", 0, 0, "Remove all networks that no pod is on.", "")),
            section("Volumes",
                    command("volume ls", "", 0, 0, "List volumes.", "", AT, QUIET),
                    command("volume create", "[NAME]", 0, 1, "Make a volume, under an id if it gets no name.", "",
                            OptionSpec.value("driver", 'd', "NAME", "the volume driver; local if not given"),
                            OptionSpec.value("opt", (char) 0, "NAME=VALUE", "an option for the driver; may be given again"),
                            OptionSpec.value("label", (char) 0, "NAME=VALUE", "a mark of your own; may be given again"),
                            OptionSpec.value("size", (char) 0, "BYTES", "how much fits in, such as 64Mi, where the driver can limit it")),
                    command("volume inspect", "NAME...", 1, ANY, "Show all there is to know about volumes.", "volume", AT),
                    command("volume rm", "NAME...", 1, ANY, "Remove volumes that no pod uses, and all in them.", "volume"),
                    command("volume prune", "", 0, 0, "Remove every volume that no pod uses.", "",
                            OptionSpec.flag("force", 'f', "do it, and not only say which"))),
            section("The book",
                    command("inspect", "NAME...", 1, ANY, "Show all there is to know about something.", "container image network volume", AT, TYPE)
                            .more("A pod, container, image, network or volume: the first of these that has the name."),
                    command("why", "NAME", 1, 1, "Tell what led to where something stands, newest first.", "container image network volume", TYPE)
                            .more("A container, pod, image, volume or network, also one that was removed."),
                    command("events", "", 0, 0, "Show what happened.", "", OptionSpec.value("from", (char) 0, "N", "from this sequence number on"),
                            OptionSpec.flag("follow", 'f', "go on; after a lost connection, where it broke off")),
                    command("verify", "", 0, 0, "Check the whole book: gaps, checksums, hashes.", ""),
                    command("log verify", "", 0, 0, "Check the book of a daemon that does not run.", "", ROOT),
                    command("log truncate", "", 0, 0, "Give up the end of a damaged book.", "", ROOT,
                            OptionSpec.value("at", (char) 0, "N", "the last event to keep")).more("Its files are moved aside.")),
            section("The daemon and this command",
                    command("daemon", "", 0, 0, "Run the daemon.", "",
                            ROOT, OptionSpec.value("run-dir", (char) 0, "DIR", "where its sockets are; /run/stowbook"),
                            OptionSpec.value("config", (char) 0, "FILE", "its configuration")),
                    command("info", "", 0, 0, "Show the daemon, its drivers and its host.", ""),
                    command("version", "", 0, 0, "Show the versions of command and daemon.", ""),
                    command("completion", "bash|zsh|fish", 1, 1, "Print a completion script for a shell.", ""),
                    command("help", "[COMMAND]", 0, 2, "Show help.", "")));

    static final List<CommandSpec> COMMANDS = all();

    /** What other tools call a command. */
    static final Map<String, String> ELSEWHERE = Map.ofEntries(
            Map.entry("ls", "ps"), Map.entry("run", "apply"), Map.entry("create", "apply"), Map.entry("images", "image ls"), Map.entry("rmi", "image rm"),
            Map.entry("tag", "image tag"), Map.entry("load", "image load"), Map.entry("save", "image save"), Map.entry("import", "image import"),
            Map.entry("history", "image history"), Map.entry("unpause", "resume"), Map.entry("networks", "network ls"),
            Map.entry("volumes", "volume ls"), Map.entry("containers", "ps"), Map.entry("get", "pods"), Map.entry("describe", "inspect"),
            Map.entry("top", "stats"), Map.entry("image build", "build"), Map.entry("image pull", "pull"), Map.entry("image push", "push"),
            Map.entry("image inspect", "inspect"), Map.entry("image list", "image ls"), Map.entry("network list", "network ls"),
            Map.entry("volume list", "volume ls"));

    private CommandTable() {}

    private static Section section(String title, CommandSpec... commands) {
        return new Section(title, List.of(commands));
    }

    private static CommandSpec command(String name, String operands, int least, int most, String summary, String completes, OptionSpec... options) {
        return new CommandSpec(name, operands, least, most, summary, "", List.of(options), completes);
    }

    static @Nullable CommandSpec find(String name) {
        for (CommandSpec command : COMMANDS) {
            if (command.name().equals(name)) {
                return command;
            }
        }
        return null;
    }

    // Loops, not streams: what a command needs before it can do anything is counted in milliseconds.
    private static List<CommandSpec> all() {
        List<CommandSpec> all = new ArrayList<>();
        for (Section section : SECTIONS) {
            all.addAll(section.commands());
        }
        return List.copyOf(all);
    }

    /** Whether a word is the first of commands with two. */
    static boolean isGroup(String word) {
        for (CommandSpec command : COMMANDS) {
            if (!word.isEmpty() && command.group().equals(word)) {
                return true;
            }
        }
        return false;
    }

    /** The first words of all commands, each once. */
    static List<String> firstWords() {
        return COMMANDS.stream().map(CommandSpec::firstWord).distinct().toList();
    }

    /** The second words of a group. */
    static List<String> wordsAfter(String group) {
        return COMMANDS.stream().filter(command -> command.group().equals(group)).map(CommandSpec::lastWord).toList();
    }
}

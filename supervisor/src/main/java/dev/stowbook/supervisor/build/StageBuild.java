package dev.stowbook.supervisor.build;

import dev.stowbook.linux.file.RawPath;
import dev.stowbook.supervisor.decide.Signals;
import dev.stowbook.supervisor.image.Platform;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Builds one stage: each instruction makes an image of the one before. */
final class StageBuild {
    private static final List<String> SHELL = List.of("/bin/sh", "-c");
    private static final String NOTHING_RUN = "/bin/sh -c #(nop) ";

    /** What the stages of a build share. */
    interface Shared {
        BuildHost host();

        BuildOptions options();

        FileTree context();

        Path tmp();

        Arguments arguments();

        /** The platform that FROM names. */
        Platform platform();

        Instant now();

        /** Another stage's image, or one that is called so; {@code number} is the stage that asks. */
        BuildHost.Image source(String reference, int number, Place place) throws BuildException, IOException;

        /** Counts a step. */
        BuildHost.Step next(Dockerfile.Step step);
    }

    private final Shared shared;
    private final char escape;
    private final int number;
    private final Arguments.Stage arguments;
    private Optional<BuildHost.Image> image;
    private ImageDocument document;
    private boolean ownCommand;

    StageBuild(Shared shared, char escape, int number, Optional<BuildHost.Image> base) throws BuildException {
        this.shared = shared;
        this.escape = escape;
        this.number = number;
        this.arguments = shared.arguments().stage();
        this.image = base;
        this.document = base.isPresent() ? ImageDocument.of(base.get().config()) : ImageDocument.scratch(shared.platform());
    }

    Optional<BuildHost.Image> image() {
        return image;
    }

    /** The instructions that the base image's maker left for those who build on it; they are not left for the next. */
    List<String> takeTriggers() {
        List<String> triggers = document.strings("OnBuild");
        document.setStrings("OnBuild", List.of());
        return triggers;
    }

    void run(Dockerfile.Step step) throws BuildException, IOException {
        shared.host().check();
        BuildHost.Step told = shared.next(step);
        shared.host().begins(told);
        switch (step.instruction()) {
            case Instruction.Run run -> run(told, run);
            case Instruction.Copy copy -> copy(told, step.place(), copy);
            case Instruction.Workdir workdir -> workdir(told, step.place(), expand(step.place(), workdir.path()));
            case Instruction.From from -> throw new IllegalStateException("a stage has one FROM");
            case Instruction.Arg a -> metadata(told, arg(step.place(), a));
            case Instruction.Env e -> metadata(told, env(step.place(), e));
            case Instruction.Label l -> metadata(told, label(step.place(), l));
            case Instruction.Maintainer m -> {
                document.setAuthor(m.author());
                metadata(told, "MAINTAINER " + m.author());
            }
            case Instruction.User u -> {
                String user = expand(step.place(), u.user());
                document.setText("User", user);
                metadata(told, "USER " + user);
            }
            case Instruction.Expose e -> metadata(told, expose(step.place(), e));
            case Instruction.Volume v -> metadata(told, volume(step.place(), v));
            case Instruction.Cmd c -> {
                List<String> command = commandLine(c.command());
                document.setStrings("Cmd", command);
                ownCommand = true;
                metadata(told, "CMD " + json(command));
            }
            case Instruction.Entrypoint e -> {
                List<String> command = commandLine(e.command());
                document.setStrings("Entrypoint", command);
                if (!ownCommand) {
                    document.setStrings("Cmd", List.of()); // the base image's were arguments of another program
                }
                metadata(told, "ENTRYPOINT " + json(command));
            }
            case Instruction.Shell s -> {
                document.setStrings("Shell", s.words());
                metadata(told, "SHELL " + json(s.words()));
            }
            case Instruction.Stopsignal s -> {
                String signal = expand(step.place(), s.signal());
                if (Signals.name(signal).isEmpty()) {
                    throw step.place().problem("there is no signal " + Place.quoted(signal) + ": take a name such as SIGTERM, or a number");
                }
                document.setText("StopSignal", signal);
                metadata(told, "STOPSIGNAL " + signal);
            }
            case Instruction.Healthcheck h -> {
                List<String> test = test(h);
                document.setHealthcheck(h, test);
                metadata(told, "HEALTHCHECK " + json(test) + times(h));
            }
            case Instruction.Onbuild o -> {
                List<String> triggers = new ArrayList<>(document.strings("OnBuild"));
                triggers.add(o.trigger());
                document.setStrings("OnBuild", triggers);
                metadata(told, "ONBUILD " + o.trigger());
            }
        }
    }

    /** Labels that who builds wants on the image. */
    void addLabels(Dockerfile.Step step) throws BuildException, IOException {
        BuildHost.Step told = shared.next(step);
        shared.host().begins(told);
        shared.options().labels().forEach(document::addLabel);
        metadata(told, "LABEL " + shared.options().labels().entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue()).collect(Collectors.joining(" ")));
    }

    private String expand(Place place, String text) throws BuildException {
        return Expansion.of(place, text, escape, name -> document.env(name).or(() -> arguments.value(name)));
    }

    private List<String> expand(Place place, List<String> texts) throws BuildException {
        List<String> expanded = new ArrayList<>();
        for (String text : texts) {
            expanded.add(expand(place, text));
        }
        return expanded;
    }

    private @Nullable String expandIfPresent(Place place, Optional<String> text) throws BuildException {
        return text.isEmpty() ? null : expand(place, text.get());
    }

    private List<String> shell() {
        List<String> own = document.strings("Shell");
        return own.isEmpty() ? SHELL : own;
    }

    private List<String> commandLine(Instruction.CommandLine line) {
        return line.exec() || line.words().isEmpty() ? line.words() : Stream.concat(shell().stream(), line.words().stream()).toList();
    }

    private static String json(List<String> words) {
        return words.stream().map(word -> "\"" + word.replace("\\", "\\\\").replace("\"", "\\\"") + "\"").collect(Collectors.joining(" ", "[", "]"));
    }

    private String arg(Place place, Instruction.Arg arg) throws BuildException {
        List<String> told = new ArrayList<>();
        for (Instruction.Arg.Declared each : arg.names()) {
            String otherwise = expandIfPresent(place, each.value());
            String name = expand(place, each.name());
            arguments.declare(name, Optional.ofNullable(otherwise));
            told.add(otherwise == null ? name : name + "=" + otherwise);
        }
        return "ARG " + String.join(" ", told);
    }

    /** All of one ENV see the environment as it was before it. */
    private List<Instruction.Pair> pairs(Place place, List<Instruction.Pair> pairs) throws BuildException {
        List<Instruction.Pair> expanded = new ArrayList<>();
        for (Instruction.Pair pair : pairs) {
            Instruction.Pair each = new Instruction.Pair(expand(place, pair.name()), expand(place, pair.value()));
            if (each.name().isEmpty()) {
                throw place.problem("a name is empty once its variables are replaced: " + Place.quoted(pair.name()));
            }
            expanded.add(each);
        }
        return expanded;
    }

    private static String told(List<Instruction.Pair> pairs) {
        return pairs.stream().map(pair -> pair.name() + "=" + pair.value()).collect(Collectors.joining(" "));
    }

    private String env(Place place, Instruction.Env env) throws BuildException {
        List<Instruction.Pair> pairs = pairs(place, env.pairs());
        pairs.forEach(pair -> document.setEnv(pair.name(), pair.value()));
        return "ENV " + told(pairs);
    }

    private String label(Place place, Instruction.Label label) throws BuildException {
        List<Instruction.Pair> pairs = pairs(place, label.pairs());
        pairs.forEach(pair -> document.addLabel(pair.name(), pair.value()));
        return "LABEL " + told(pairs);
    }

    private String expose(Place place, Instruction.Expose expose) throws BuildException {
        List<String> ports = new ArrayList<>();
        for (String text : expose.ports()) {
            for (String each : Words.plain(expand(place, text))) {
                ports.addAll(Ports.parse(place, each));
            }
        }
        ports.forEach(port -> document.addName("ExposedPorts", port));
        return "EXPOSE " + String.join(" ", ports);
    }

    private String volume(Place place, Instruction.Volume volume) throws BuildException {
        List<String> paths = expand(place, volume.paths());
        for (String path : paths) {
            if (path.isBlank()) {
                throw place.problem("VOLUME has a path that is empty once its variables are replaced");
            }
            document.addName("Volumes", path);
        }
        return "VOLUME " + json(paths);
    }

    private List<String> test(Instruction.Healthcheck check) {
        if (check.command().isEmpty()) {
            return List.of("NONE");
        }
        Instruction.CommandLine line = check.command().get();
        return Stream.concat(Stream.of(line.exec() ? "CMD" : "CMD-SHELL"), line.words().stream()).toList();
    }

    private static String times(Instruction.Healthcheck h) {
        return h.interval().map(each -> " --interval=" + each).orElse("") + h.timeout().map(each -> " --timeout=" + each).orElse("")
                + h.startPeriod().map(each -> " --start-period=" + each).orElse("")
                + h.startInterval().map(each -> " --start-interval=" + each).orElse("")
                + (h.retries().isPresent() ? " --retries=" + h.retries().getAsInt() : "");
    }

    private void metadata(BuildHost.Step step, String what) throws BuildException, IOException {
        String createdBy = NOTHING_RUN + " " + what;
        String key = key(createdBy);
        if (!reused(step, key)) {
            made(step, key, createdBy, Optional.empty());
        }
    }

    private void workdir(BuildHost.Step step, Place place, String path) throws BuildException, IOException {
        if (path.isBlank()) {
            throw place.problem("WORKDIR names no directory once its variables are replaced: give them with --build-arg, or a default");
        }
        String absolute = absolute(path).replaceAll("(?<=.)/$", "");
        document.setText("WorkingDir", absolute);
        String createdBy = NOTHING_RUN + " WORKDIR " + absolute;
        String key = key(createdBy);
        if (reused(step, key)) {
            return;
        }
        withFiles(image, below -> {
            LayerDraft draft = new LayerDraft(below);
            draft.makeDirectories(RawPath.ofText(absolute), Owner.ROOT);
            made(step, key, createdBy, draft);
        });
    }

    /** Against the working directory; what names a directory ends with a slash. */
    private String absolute(String path) {
        String whole = path.startsWith("/") ? path : document.text("WorkingDir") + "/" + path;
        boolean directory = path.endsWith("/") || path.equals(".") || path.endsWith("/.");
        String clean = "/" + FileTree.inRoot(whole);
        return directory && clean.length() > 1 ? clean + "/" : clean;
    }

    private void copy(BuildHost.Step step, Place place, Instruction.Copy copy) throws BuildException, IOException {
        List<String> sources = expand(place, copy.sources());
        String destination = absolute(expand(place, copy.destination()));
        String chown = expandIfPresent(place, copy.chown());
        String chmod = expandIfPresent(place, copy.chmod());
        if (chmod != null && !chmod.matches("[0-7]{3,4}")) {
            throw place.problem("--chmod is a mode in octal digits such as 755, not " + Place.quoted(chmod));
        }
        Optional<BuildHost.Image> from = copy.from().isEmpty()
                ? Optional.empty()
                : Optional.of(shared.source(copy.from().get(), number, place));
        withFiles(image, below -> withSource(from, source -> {
            Optional<Owner> owner = chown == null ? Optional.empty() : Optional.of(Owner.parse(chown, below));
            OptionalInt permissions = chmod == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(chmod, 8));
            LayerDraft draft = new LayerDraft(below);
            Copying.Manner manner = new Copying.Manner(copy.keyword(), owner, permissions, from.isPresent(), copy.add());
            String name = copy.from().isEmpty() ? "the context" : "the image " + copy.from().get();
            try (Copying copying = new Copying(source, name, draft, manner, shared.options().limits(), shared.tmp())) {
                copyFrom(copying, place, copy, sources, destination);
                String createdBy = NOTHING_RUN + copy.keyword() + " " + (sources.size() == 1 ? "file:" : "multi:") + draft.contentDigest() + " in "
                        + destination + " ";
                String key = key(createdBy);
                if (!reused(step, key)) {
                    made(step, key, createdBy, draft);
                }
            }
        }));
    }

    private void copyFrom(Copying copying, Place place, Instruction.Copy copy, List<String> sources, String destination)
            throws BuildException, IOException {
        List<String> local = sources.stream().filter(source -> !isRemote(copy, source)).toList();
        String checksum = expandIfPresent(place, copy.checksum());
        if (checksum != null && !local.isEmpty()) {
            throw place.problem("--checksum is for URLs; " + Place.quoted(local.getFirst()) + " is none");
        }
        boolean directory = destination.endsWith("/");
        if (sources.size() > 1 && !directory) {
            throw place.problem(copy.keyword() + " has " + sources.size() + " sources, so its destination must be a directory: end "
                    + Place.quoted(destination) + " with \"/\"");
        }
        for (String source : sources) {
            if (isRemote(copy, source)) {
                URI url = RemoteFile.address(source, Optional.ofNullable(checksum), place);
                String name = directory ? RemoteFile.name(url, place) : RawPath.name(RawPath.ofText(destination));
                copying.add(RemoteFile.fetch(shared.host(), url, name, Optional.ofNullable(checksum), shared.tmp()), destination);
            }
        }
        if (!local.isEmpty()) {
            copying.run(local, destination);
        }
    }

    private static boolean isRemote(Instruction.Copy copy, String source) {
        return copy.add() && RemoteFile.isRemote(source);
    }

    private interface Use<T> {
        void with(T value) throws BuildException, IOException;
    }

    private void withFiles(Optional<BuildHost.Image> of, Use<FileTree> use) throws BuildException, IOException {
        if (of.isEmpty() || of.get().topLayer().isEmpty()) {
            use.with(new EmptyTree());
            return;
        }
        try (ImageTree tree = new ImageTree(shared.host().view(of.get()))) {
            use.with(tree);
        }
    }

    private void withSource(Optional<BuildHost.Image> from, Use<FileTree> use) throws BuildException, IOException {
        if (from.isEmpty()) {
            use.with(shared.context());
        } else {
            withFiles(from, use);
        }
    }

    private void run(BuildHost.Step step, Instruction.Run run) throws BuildException, IOException {
        if (image.isEmpty() || image.get().topLayer().isEmpty()) {
            throw BuildException.invalid("RUN cannot run anything in an image without files: COPY or ADD them first, or begin FROM another image");
        }
        List<String> argv = commandLine(run.command());
        if (argv.isEmpty()) {
            throw BuildException.invalid("RUN has an empty list for a command");
        }
        List<String> compared = arguments.forCommands(document, false);
        String createdBy = (compared.isEmpty() ? "" : "|" + compared.size() + " " + String.join(" ", compared) + " ") + String.join(" ", argv);
        String key = key(createdBy + "\n" + spelled(compared) + spelled(argv));
        if (reused(step, key)) {
            return;
        }
        try (LayerFile changes = LayerFile.open(shared.tmp())) {
            int code = shared.host().run(step, image.get(), new BuildHost.RunCommand(argv, arguments.forCommands(document, true)), changes);
            if (code != 0) {
                throw BuildException.invalid("the command \"" + String.join(" ", argv) + "\" of line " + step.line() + " returned " + code
                        + ": its output above says why");
            }
            made(step, key, createdBy, Optional.of(changes));
        }
    }

    /** So that where one word ends and the next begins can be told. */
    private static String spelled(List<String> words) {
        return words.stream().map(word -> word.length() + ":" + word).collect(Collectors.joining(",", "[", "]"));
    }

    private String key(String instruction) {
        String parent = image.map(BuildHost.Image::id).orElse("scratch " + shared.platform());
        String time = shared.arguments().epochSeconds().map(seconds -> "\n" + seconds).orElse("");
        String all = parent + "\n" + instruction + "\n" + document.run() + time;
        return HexFormat.of().formatHex(TarTree.sha256().digest(all.getBytes(StandardCharsets.UTF_8)));
    }

    private boolean reused(BuildHost.Step step, String key) throws BuildException {
        Optional<BuildHost.Image> known = shared.options().cache() ? shared.host().cached(key) : Optional.empty();
        if (known.isEmpty()) {
            return false;
        }
        image = known;
        document = ImageDocument.of(known.get().config());
        shared.host().found(step, known.get(), true);
        return true;
    }

    private void made(BuildHost.Step step, String key, String createdBy, LayerDraft draft) throws BuildException, IOException {
        if (draft.isEmpty()) {
            made(step, key, createdBy, Optional.empty());
            return;
        }
        try (LayerFile file = LayerFile.open(shared.tmp())) {
            long latest = shared.arguments().epochSeconds().orElse(Long.MAX_VALUE);
            draft.write(file.output(), latest, shared.now().getEpochSecond());
            made(step, key, createdBy, Optional.of(file));
        }
    }

    private void made(BuildHost.Step step, String key, String createdBy, Optional<LayerFile> layer) throws BuildException, IOException {
        document.addHistory(shared.now(), createdBy, layer.map(LayerFile::diffId));
        image = Optional.of(shared.host().made(step, key, document.bytes(), layer, image));
    }
}

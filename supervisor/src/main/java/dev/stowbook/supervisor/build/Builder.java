package dev.stowbook.supervisor.build;

import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.layer.TarEntry;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;

/** Builds an image from a context and its Dockerfile: the stages that the target needs, one instruction after the other. One thread. */
public final class Builder {
    private static final int LONGEST_DOCKERFILE_BYTES = (1 << 20) + 1;
    private static final String SCRATCH = "scratch";
    /** What clients call a Dockerfile that is not part of the context it comes with. */
    private static final String OUTSIDE = ".stowbook-dockerfile";

    private final BuildHost host;
    private final BuildOptions options;
    private final TarTree context;
    private final Path tmp;
    private final Dockerfile file;
    private final Arguments arguments;
    private final Map<Integer, Optional<BuildHost.Image>> built = new HashMap<>();
    private final Instant now;
    private int steps;
    private int total;

    private Builder(BuildHost host, BuildOptions options, TarTree context, Path tmp, Instant now) throws BuildException, IOException {
        this.host = host;
        this.options = options;
        this.context = context;
        this.tmp = tmp;
        this.file = Dockerfile.parse(options.dockerfile().equals(OUTSIDE) ? "Dockerfile" : options.dockerfile(), dockerfile(options, context));
        context.leaveOut(OUTSIDE);
        this.arguments = new Arguments(options.arguments(), options.platform(), Platform.ofHost());
        this.now = arguments.epochSeconds().map(Instant::ofEpochSecond).orElse(now.truncatedTo(ChronoUnit.MICROS));
    }

    /**
     * Builds.
     *
     * @param context a tar, plain, gzip, bzip2, xz or zstd; read to its end
     * @param tmp where files without names may grow
     * @param now the time that the image is to bear
     * @return the image
     */
    public static BuildHost.Image build(BuildHost host, BuildOptions options, InputStream context, Path tmp, Instant now) throws BuildException {
        try (TarTree tree = TarTree.read(context, options.limits(), tmp, "the context")) {
            return new Builder(host, options, tree, tmp, now).build();
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            boolean full = message.contains("No space left on device") || message.contains("Disk quota exceeded");
            throw new BuildException(
                    full ? ErrorCode.DISK_FULL : ErrorCode.INVALID,
                    full ? "the disk of the daemon's root is full: make room, then build again" : "the build failed: " + message,
                    e);
        }
    }

    private static byte[] dockerfile(BuildOptions options, TarTree context) throws BuildException, IOException {
        String path = TarTree.clean(RawPath.ofText(options.dockerfile())).orElse("");
        String at = context.resolve(path);
        if (context.find(at).filter(entry -> entry.kind() == TarEntry.Kind.FILE).isEmpty()) {
            throw BuildException.invalid("there is no file " + Place.quoted(options.dockerfile()) + " in the context: name the Dockerfile with -f");
        }
        try (InputStream in = context.open(at)) {
            return in.readNBytes(LONGEST_DOCKERFILE_BYTES);
        }
    }

    private BuildHost.Image build() throws BuildException, IOException {
        arguments.declareGlobals(file);
        int target = target();
        TreeSet<Integer> needed = needed(target);
        total = needed.stream().mapToInt(i -> 1 + file.stages().get(i).steps().size()).sum() + (options.labels().isEmpty() ? 0 : 1);
        for (int stage : needed) {
            stage(stage, stage == target);
        }
        List<String> unused = arguments.unused();
        if (!unused.isEmpty()) {
            host.warn("no ARG declares " + String.join(", ", unused) + ": given in vain");
        }
        return built.get(target).orElseThrow(() ->
                BuildException.invalid("the stage made no image: after FROM scratch there must be an instruction"));
    }

    private int target() throws BuildException {
        if (options.target().isEmpty()) {
            return file.stages().size() - 1;
        }
        OptionalInt found = file.stage(options.target().get(), file.stages().size());
        return found.orElseThrow(() -> BuildException.invalid("there is no stage " + Place.quoted(options.target().get()) + " in "
                + options.dockerfile() + "; it has "
                + String.join(", ", file.stages().stream().map(stage -> stage.name().orElse(String.valueOf(stage.index()))).toList())));
    }

    /** The target and what it is made from, in the file's order. */
    private TreeSet<Integer> needed(int target) throws BuildException {
        TreeSet<Integer> needed = new TreeSet<>();
        Deque<Integer> open = new ArrayDeque<>(List.of(target));
        while (!open.isEmpty()) {
            int index = open.pop();
            if (!needed.add(index)) {
                continue;
            }
            Dockerfile.Stage stage = file.stages().get(index);
            file.stage(base(stage), index).ifPresent(open::push);
            for (Dockerfile.Step step : stage.steps()) {
                if (step.instruction() instanceof Instruction.Copy copy && copy.from().isPresent()) {
                    file.stage(copy.from().get(), index).ifPresent(open::push);
                }
            }
        }
        return needed;
    }

    private String base(Dockerfile.Stage stage) throws BuildException {
        Place place = stage.from().place();
        String name = Expansion.of(place, stage.base().image(), file.escape(), arguments::global);
        if (name.isBlank()) {
            throw place.problem("FROM " + stage.base().image() + " names nothing once its variables are replaced: give them with --build-arg, or a default");
        }
        return name;
    }

    private void stage(int index, boolean last) throws BuildException, IOException {
        if (built.containsKey(index)) {
            return;
        }
        Dockerfile.Stage stage = file.stages().get(index);
        host.check();
        Platform platform = platform(stage);
        BuildHost.Step told = next(stage.from());
        host.begins(told);
        Optional<BuildHost.Image> base = base(stage, index, platform);
        if (base.isPresent()) {
            host.found(told, base.get(), false);
        }
        StageBuild build = new StageBuild(shared(platform), file.escape(), index, base);
        List<String> triggers = build.takeTriggers();
        total += triggers.size();
        for (String trigger : triggers) {
            Place place = stage.from().place();
            build.run(new Dockerfile.Step(place, trigger, InstructionReader.read(place, '\\', trigger)));
        }
        for (Dockerfile.Step step : stage.steps()) {
            build.run(step);
        }
        if (last && !options.labels().isEmpty()) {
            build.addLabels(new Dockerfile.Step(stage.from().place(), "LABEL (--label)", new Instruction.Label(List.of())));
        }
        built.put(index, build.image());
    }

    private Platform platform(Dockerfile.Stage stage) throws BuildException {
        if (stage.base().platform().isEmpty()) {
            return options.platform();
        }
        Place place = stage.from().place();
        String text = Expansion.of(place, stage.base().platform().get(), file.escape(), arguments::global);
        return Platforms.parse(text).orElseThrow(() -> place.problem(Place.quoted(text) + " is no platform: write linux/amd64 or linux/arm64/v8"));
    }

    private Optional<BuildHost.Image> base(Dockerfile.Stage stage, int index, Platform platform) throws BuildException {
        String name = base(stage);
        OptionalInt earlier = file.stage(name, index);
        if (earlier.isPresent() && stageNamed(name)) {
            return built.get(earlier.getAsInt());
        }
        return name.equals(SCRATCH) ? Optional.empty() : Optional.of(host.find(name, platform, options.pull()));
    }

    /** FROM knows stages by name only: a number is an image's name. */
    private boolean stageNamed(String name) {
        return !name.matches("[0-9]+");
    }

    private BuildHost.Step next(Dockerfile.Step step) {
        steps++;
        total = Math.max(total, steps);
        return new BuildHost.Step(steps, total, step.place().line(), step.text());
    }

    private StageBuild.Shared shared(Platform platform) {
        return new StageBuild.Shared() {
            @Override
            public BuildHost host() {
                return host;
            }

            @Override
            public BuildOptions options() {
                return options;
            }

            @Override
            public FileTree context() {
                return context;
            }

            @Override
            public Path tmp() {
                return tmp;
            }

            @Override
            public Arguments arguments() {
                return arguments;
            }

            @Override
            public Platform platform() {
                return platform;
            }

            @Override
            public Instant now() {
                return now;
            }

            @Override
            public BuildHost.Image source(String reference, int number, Place place) throws BuildException, IOException {
                OptionalInt stage = file.stage(reference, number);
                if (stage.isEmpty()) {
                    if (file.stage(reference, file.stages().size()).isPresent()) {
                        throw place.problem("the stage " + Place.quoted(reference) + " does not stand before this one: only earlier stages can be copied from");
                    }
                    return host.find(reference, platform, options.pull());
                }
                stage(stage.getAsInt(), false);
                return built.get(stage.getAsInt())
                        .orElseThrow(() -> place.problem("the stage " + Place.quoted(reference) + " made no image to copy from"));
            }

            @Override
            public BuildHost.Step next(Dockerfile.Step step) {
                return Builder.this.next(step);
            }
        };
    }
}

package dev.stowbook.supervisor.build;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.decide.Signals;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The configuration of an image that is committed: that of the container's image, changed by instructions of a Dockerfile. */
public final class CommitChanges {
    private static final ObjectMapper JSON = new ObjectMapper();

    private CommitChanges() {}

    /**
     * What becomes of a configuration.
     *
     * @param author who made the image; empty to leave out
     * @param message what for; empty to leave out
     * @param created when, as RFC 3339 writes it
     * @param createdBy what the container ran
     * @param diffId the new layer
     * @param changes instructions: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR
     */
    public record Commit(String author, String message, String created, String createdBy, String diffId, List<String> changes) {}

    /** The new configuration. @throws DockerfileException if an instruction is wrong, or cannot be given here */
    public static byte[] apply(byte[] config, Commit commit) throws DockerfileException, IOException {
        ObjectNode root = (ObjectNode) JSON.readTree(config);
        for (String dated : List.of("container", "container_config", "docker_version", "id", "parent", "author", "comment")) {
            root.remove(dated);
        }
        String dockerfile = "FROM scratch\n" + String.join("\n", commit.changes()) + "\n";
        ObjectNode run = root.get("config") instanceof ObjectNode there ? there : root.putObject("config");
        List<Dockerfile.Stage> stages = Dockerfile.parse("--change", dockerfile.getBytes(StandardCharsets.UTF_8)).stages();
        if (stages.size() > 1) {
            throw refused(stages.get(1).from());
        }
        boolean ownCommand = false;
        for (Dockerfile.Step step : stages.getFirst().steps()) {
            change(run, step);
            ownCommand |= step.instruction() instanceof Instruction.Cmd;
            if (step.instruction() instanceof Instruction.Entrypoint && !ownCommand) {
                run.remove("Cmd"); // they were arguments of another program
            }
        }
        root.put("created", commit.created());
        ObjectNode history = root.withArrayProperty("history").addObject().put("created", commit.created()).put("created_by", commit.createdBy());
        if (!commit.author().isEmpty()) {
            root.put("author", commit.author());
            history.put("author", commit.author());
        }
        if (!commit.message().isEmpty()) {
            history.put("comment", commit.message());
        }
        root.withObjectProperty("rootfs").put("type", "layers").withArrayProperty("diff_ids").add(commit.diffId());
        return JSON.writeValueAsBytes(root);
    }

    private static void change(ObjectNode run, Dockerfile.Step step) throws DockerfileException {
        switch (step.instruction()) {
            case Instruction.Cmd(Instruction.CommandLine command) -> run.set("Cmd", words(run, command));
            case Instruction.Entrypoint(Instruction.CommandLine command) -> run.set("Entrypoint", words(run, command));
            case Instruction.Env(List<Instruction.Pair> pairs) -> {
                List<Instruction.Pair> expanded = new ArrayList<>(); // all before any is set
                for (Instruction.Pair pair : pairs) {
                    expanded.add(new Instruction.Pair(some(run, step, pair.name()), text(run, step, pair.value())));
                }
                expanded.forEach(pair -> setEnv(run, pair.name(), pair.value()));
            }
            case Instruction.Label(List<Instruction.Pair> pairs) -> {
                for (Instruction.Pair pair : pairs) {
                    run.withObjectProperty("Labels").put(text(run, step, pair.name()), text(run, step, pair.value()));
                }
            }
            case Instruction.Expose(List<String> ports) -> {
                for (String text : ports) {
                    for (String each : Words.plain(text(run, step, text))) {
                        Ports.parse(step.place(), each).forEach(port -> run.withObjectProperty("ExposedPorts").putObject(port));
                    }
                }
            }
            case Instruction.Volume(List<String> paths) -> {
                for (String path : paths) {
                    run.withObjectProperty("Volumes").putObject(some(run, step, path));
                }
            }
            case Instruction.Workdir(String path) -> {
                String wanted = some(run, step, path);
                run.put("WorkingDir", "/" + FileTree.inRoot(wanted.startsWith("/") ? wanted : run.path("WorkingDir").asText("") + "/" + wanted));
            }
            case Instruction.User(String user) -> run.put("User", text(run, step, user));
            case Instruction.Stopsignal(String written) -> {
                String signal = text(run, step, written);
                if (Signals.name(signal).isEmpty()) {
                    throw step.place().problem("there is no signal " + Place.quoted(signal) + ": take a name such as SIGTERM, or a number");
                }
                run.put("StopSignal", signal);
            }
            case Instruction.Onbuild(String trigger) -> run.withArrayProperty("OnBuild").add(trigger);
            case Instruction.From f -> throw new IllegalStateException("a stage has one FROM");
            case Instruction.Arg a -> throw refused(step);
            case Instruction.Run r -> throw refused(step);
            case Instruction.Copy c -> throw refused(step);
            case Instruction.Maintainer m -> throw refused(step);
            case Instruction.Shell s -> throw refused(step);
            case Instruction.Healthcheck h -> throw refused(step);
        }
    }

    /** With quotes taken away and variables of the environment put in, as when an image is built. */
    private static String text(ObjectNode run, Dockerfile.Step step, String written) throws DockerfileException {
        return Expansion.of(step.place(), written, '\\', name -> {
            for (JsonNode variable : run.path("Env")) {
                if (variable.asText().startsWith(name + "=")) {
                    return Optional.of(variable.asText().substring(name.length() + 1));
                }
            }
            return Optional.empty();
        });
    }

    /** The same where nothing is not enough. */
    private static String some(ObjectNode run, Dockerfile.Step step, String written) throws DockerfileException {
        String text = text(run, step, written);
        if (text.isBlank()) {
            throw step.place().problem(step.instruction().keyword() + ": " + Place.quoted(written) + " is empty once its variables are replaced");
        }
        return text;
    }

    private static DockerfileException refused(Dockerfile.Step step) {
        return step.place().problem(step.instruction().keyword() + " cannot be given to commit; CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, "
                + "STOPSIGNAL, USER, VOLUME and WORKDIR can");
    }

    private static ArrayNode words(ObjectNode run, Instruction.CommandLine command) {
        List<String> words = new ArrayList<>();
        if (!command.exec()) {
            run.path("Shell").forEach(word -> words.add(word.asText()));
            words.addAll(words.isEmpty() ? List.of("/bin/sh", "-c") : List.of());
        }
        words.addAll(command.words());
        ArrayNode array = JSON.createArrayNode();
        words.forEach(array::add);
        return array;
    }

    private static void setEnv(ObjectNode run, String name, String value) {
        List<String> env = new ArrayList<>();
        run.path("Env").forEach(each -> env.add(each.asText()));
        env.replaceAll(each -> each.startsWith(name + "=") ? name + "=" + value : each);
        if (!env.contains(name + "=" + value)) {
            env.add(name + "=" + value);
        }
        ArrayNode array = run.putArray("Env");
        env.forEach(array::add);
    }
}

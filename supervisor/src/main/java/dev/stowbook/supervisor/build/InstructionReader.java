package dev.stowbook.supervisor.build;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads one instruction. */
final class InstructionReader {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final String KNOWN = "ADD, ARG, CMD, COPY, ENTRYPOINT, ENV, EXPOSE, FROM, HEALTHCHECK, LABEL, MAINTAINER, ONBUILD, RUN, SHELL, "
            + "STOPSIGNAL, USER, VOLUME, WORKDIR";
    private static final Pattern STAGE_NAME = Pattern.compile("[a-z][a-z0-9_.-]*");
    private static final Pattern HEREDOC = Pattern.compile("(^|\\s)\\d*<<-?[\"']?[a-zA-Z_][a-zA-Z0-9_.]*[\"']?(\\s|$)");
    private static final Set<String> RUN_NEWER = Set.of("mount", "network", "security", "device");
    private static final Set<String> COPY_NEWER = Set.of("link", "parents", "exclude", "keep-git-dir", "unpack");
    private static final Duration SHORTEST_HEALTH = Duration.ofMillis(1);

    private final Place place;
    private final char escape;
    private final String keyword;
    private final String arguments;

    private InstructionReader(Place place, char escape, String keyword, String arguments) {
        this.place = place;
        this.escape = escape;
        this.keyword = keyword;
        this.arguments = arguments;
    }

    static Instruction read(Place place, char escape, String text) throws DockerfileException {
        String[] parts = text.strip().split("\\s+", 2);
        String keyword = parts[0].toUpperCase(Locale.ROOT);
        return new InstructionReader(place, escape, keyword, parts.length < 2 ? "" : parts[1].strip()).instruction();
    }

    private Instruction instruction() throws DockerfileException {
        return switch (keyword) {
            case "FROM" -> from();
            case "ARG" -> arg();
            case "RUN" -> run();
            case "COPY" -> copy(false);
            case "ADD" -> copy(true);
            case "ENV" -> new Instruction.Env(pairs());
            case "LABEL" -> new Instruction.Label(pairs());
            case "MAINTAINER" -> new Instruction.Maintainer(required("the author's name"));
            case "WORKDIR" -> new Instruction.Workdir(required("a directory"));
            case "USER" -> new Instruction.User(required("a user"));
            case "EXPOSE" -> new Instruction.Expose(Words.plain(required("a port, such as 80/tcp")));
            case "VOLUME" -> volume();
            case "CMD" -> new Instruction.Cmd(command(noFlags()));
            case "ENTRYPOINT" -> new Instruction.Entrypoint(command(noFlags()));
            case "SHELL" -> shell();
            case "STOPSIGNAL" -> new Instruction.Stopsignal(one("a signal, such as SIGTERM"));
            case "HEALTHCHECK" -> healthcheck();
            case "ONBUILD" -> onbuild();
            case String unknown -> throw place.problem("there is no instruction " + Place.quoted(unknown) + "; known are " + KNOWN);
        };
    }

    private String noFlags() throws DockerfileException {
        return arguments.startsWith("--") ? Flags.of(place, keyword, arguments, Set.of(), Set.of()).rest() : arguments;
    }

    private String required(String what) throws DockerfileException {
        String rest = noFlags();
        if (rest.isEmpty()) {
            throw place.problem(keyword + " needs " + what);
        }
        return rest;
    }

    private String one(String what) throws DockerfileException {
        List<String> words = Words.plain(required(what));
        if (words.size() != 1) {
            throw place.problem(keyword + " takes one argument: " + what);
        }
        return words.getFirst();
    }

    private Instruction from() throws DockerfileException {
        Flags flags = Flags.of(place, keyword, arguments, Set.of("platform"), Set.of());
        List<String> words = Words.plain(flags.rest());
        boolean named = words.size() == 3 && words.get(1).equalsIgnoreCase("AS");
        if (words.size() != 1 && !named) {
            throw place.problem("FROM is written as FROM image, or FROM image AS name");
        }
        Optional<String> name = named ? Optional.of(words.get(2).toLowerCase(Locale.ROOT)) : Optional.empty();
        if (name.isPresent() && !STAGE_NAME.matcher(name.get()).matches()) {
            throw place.problem(Place.quoted(name.get()) + " is no name for a stage: take letters, digits, \"_\", \".\" and \"-\", a letter first");
        }
        return new Instruction.From(words.getFirst(), flags.value("platform"), name);
    }

    private Instruction arg() throws DockerfileException {
        List<Instruction.Arg.Declared> names = new ArrayList<>();
        for (String word : Words.quoted(required("a name"), escape)) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            if (name.isEmpty()) {
                throw place.problem("ARG has no name before " + Place.quoted(word));
            }
            names.add(new Instruction.Arg.Declared(name, equals < 0 ? Optional.empty() : Optional.of(word.substring(equals + 1))));
        }
        return new Instruction.Arg(List.copyOf(names));
    }

    private Instruction run() throws DockerfileException {
        Flags flags = Flags.of(place, keyword, arguments, Set.of(), RUN_NEWER);
        if (flags.rest().isEmpty()) {
            throw place.problem("RUN needs a command");
        }
        refuseHeredoc(flags.rest());
        return new Instruction.Run(command(flags.rest()));
    }

    /** Its lines would be taken for instructions. */
    private void refuseHeredoc(String text) throws DockerfileException {
        if (!text.startsWith("[") && HEREDOC.matcher(text).find()) {
            throw place.problem(keyword + " with a here-document (<<) is BuildKit's; this builder does not have it: "
                    + "put the lines into a file of the context, or join them with \"" + escape + "\"");
        }
    }

    private Instruction copy(boolean add) throws DockerfileException {
        Set<String> known = add ? Set.of("chown", "chmod", "checksum") : Set.of("from", "chown", "chmod");
        Flags flags = Flags.of(place, keyword, arguments, known, COPY_NEWER);
        refuseHeredoc(flags.rest());
        List<String> words = array(flags.rest()).orElseGet(() -> Words.quoted(flags.rest(), escape));
        if (words.size() < 2) {
            throw place.problem(keyword + " needs at least one source and a destination");
        }
        return new Instruction.Copy(
                add,
                List.copyOf(words.subList(0, words.size() - 1)),
                words.getLast(),
                flags.value("from"),
                flags.value("chown"),
                flags.value("chmod"),
                flags.value("checksum"));
    }

    /** {@code NAME=value ...}, or of old one {@code NAME value}. */
    private List<Instruction.Pair> pairs() throws DockerfileException {
        String rest = required("a name and a value: NAME=value");
        List<String> words = Words.quoted(rest, escape);
        if (words.getFirst().indexOf('=') < 0) {
            String[] parts = rest.split("\\s+", 2);
            if (parts.length < 2) {
                throw place.problem(keyword + " needs a value for " + Place.quoted(parts[0]) + ": " + keyword + " NAME=value");
            }
            return List.of(new Instruction.Pair(parts[0], parts[1]));
        }
        List<Instruction.Pair> pairs = new ArrayList<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals <= 0) {
                throw place.problem(keyword + " has " + Place.quoted(word) + " where NAME=value should be; quote values that have spaces");
            }
            pairs.add(new Instruction.Pair(word.substring(0, equals), word.substring(equals + 1)));
        }
        return List.copyOf(pairs);
    }

    private Instruction volume() throws DockerfileException {
        String rest = required("a path");
        List<String> paths = array(rest).orElseGet(() -> Words.plain(rest));
        if (paths.isEmpty() || paths.stream().anyMatch(String::isBlank)) {
            throw place.problem("VOLUME needs a path, and none may be empty");
        }
        return new Instruction.Volume(paths);
    }

    private Instruction shell() throws DockerfileException {
        List<String> words = array(required("a list such as [\"/bin/sh\", \"-c\"]"))
                .orElseThrow(() -> place.problem("SHELL must be a list in JSON, such as [\"/bin/sh\", \"-c\"]"));
        if (words.isEmpty()) {
            throw place.problem("SHELL must not be empty");
        }
        return new Instruction.Shell(words);
    }

    private Instruction healthcheck() throws DockerfileException {
        Flags flags = Flags.of(place, keyword, arguments,
                Set.of("interval", "timeout", "start-period", "start-interval", "retries"), Set.of());
        String[] parts = flags.rest().split("\\s+", 2);
        String rest = parts.length < 2 ? "" : parts[1];
        if (parts[0].equalsIgnoreCase("NONE")) {
            if (!rest.isEmpty() || !flags.values().isEmpty()) {
                throw place.problem("HEALTHCHECK NONE takes no arguments");
            }
            return new Instruction.Healthcheck(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), OptionalInt.empty());
        }
        if (!parts[0].equalsIgnoreCase("CMD") || rest.isEmpty()) {
            throw place.problem("HEALTHCHECK is written as HEALTHCHECK [flags] CMD command, or HEALTHCHECK NONE");
        }
        return new Instruction.Healthcheck(
                Optional.of(command(rest)),
                health(flags, "interval"),
                health(flags, "timeout"),
                health(flags, "start-period"),
                health(flags, "start-interval"),
                retries(flags));
    }

    private Optional<Duration> health(Flags flags, String name) throws DockerfileException {
        Optional<String> text = flags.value(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Duration duration = GoDuration.parse(text.get())
                .orElseThrow(() -> place.problem("--" + name + " is a duration such as 30s or 1m30s, not " + Place.quoted(text.get())));
        if (!duration.isZero() && duration.compareTo(SHORTEST_HEALTH) < 0) {
            throw place.problem("--" + name + " must be at least 1ms");
        }
        return Optional.of(duration);
    }

    private OptionalInt retries(Flags flags) throws DockerfileException {
        Optional<String> text = flags.value("retries");
        if (text.isPresent() && !text.get().matches("[0-9]{1,9}")) {
            throw place.problem("--retries is a number, not " + Place.quoted(text.get()));
        }
        return text.map(number -> OptionalInt.of(Integer.parseInt(number))).orElse(OptionalInt.empty());
    }

    private Instruction onbuild() throws DockerfileException {
        String trigger = required("an instruction");
        String inner = trigger.split("\\s+", 2)[0].toUpperCase(Locale.ROOT);
        if (Set.of("ONBUILD", "FROM", "MAINTAINER").contains(inner)) {
            throw place.problem(inner + " cannot be put off by ONBUILD");
        }
        read(place, escape, trigger); // what is wrong with it is told here, not to those who build on the image
        return new Instruction.Onbuild(trigger);
    }

    private Instruction.CommandLine command(String text) throws DockerfileException {
        Optional<List<String>> array = array(text);
        return array.isPresent()
                ? new Instruction.CommandLine(true, array.get())
                : new Instruction.CommandLine(false, text.isEmpty() ? List.of() : List.of(text));
    }

    /** A list in JSON; what only begins like one is text for the shell, as {@code [ -f x ]} is. */
    private Optional<List<String>> array(String text) throws DockerfileException {
        if (!text.startsWith("[")) {
            return Optional.empty();
        }
        JsonNode node;
        try {
            node = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
        if (!(node instanceof ArrayNode)) {
            return Optional.empty();
        }
        List<String> strings = new ArrayList<>();
        for (JsonNode element : node) {
            if (!element.isTextual()) {
                throw place.problem(keyword + " has a list in JSON with " + Place.quoted(element.toString()) + " in it: put every element into double quotes");
            }
            strings.add(element.asText());
        }
        return Optional.of(List.copyOf(strings));
    }
}

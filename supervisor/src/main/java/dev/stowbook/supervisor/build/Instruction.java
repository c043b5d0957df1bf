package dev.stowbook.supervisor.build;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** An instruction of a Dockerfile, its variables not replaced yet (Dockerfile reference). */
public sealed interface Instruction {

    /** Its word. */
    default String keyword() {
        return getClass().getSimpleName().toUpperCase(java.util.Locale.ROOT);
    }

    /**
     * A command: its arguments as they are, or one line for the shell.
     *
     * @param exec whether it is a list of arguments
     * @param words the arguments, or the one line
     */
    record CommandLine(boolean exec, List<String> words) {
        public CommandLine {
            words = List.copyOf(words);
        }
    }

    /** {@code NAME=value}. */
    record Pair(String name, String value) {}

    /** {@code FROM [--platform=P] image [AS name]}. */
    record From(String image, Optional<String> platform, Optional<String> name) implements Instruction {}

    /** {@code ARG name[=value]...}. */
    record Arg(List<Declared> names) implements Instruction {
        /** A name that may get its value from who builds. */
        record Declared(String name, Optional<String> value) {}
    }

    /** {@code RUN}. */
    record Run(CommandLine command) implements Instruction {}

    /** {@code COPY} or {@code ADD}. {@code from} names a stage or an image. */
    record Copy(
            boolean add,
            List<String> sources,
            String destination,
            Optional<String> from,
            Optional<String> chown,
            Optional<String> chmod,
            Optional<String> checksum)
            implements Instruction {
        @Override
        public String keyword() {
            return add ? "ADD" : "COPY";
        }
    }

    /** {@code ENV}. */
    record Env(List<Pair> pairs) implements Instruction {}

    /** {@code LABEL}. */
    record Label(List<Pair> pairs) implements Instruction {}

    /** {@code MAINTAINER}. */
    record Maintainer(String author) implements Instruction {}

    /** {@code WORKDIR}. */
    record Workdir(String path) implements Instruction {}

    /** {@code USER}. */
    record User(String user) implements Instruction {}

    /** {@code EXPOSE}. */
    record Expose(List<String> ports) implements Instruction {}

    /** {@code VOLUME}. */
    record Volume(List<String> paths) implements Instruction {}

    /** {@code CMD}. */
    record Cmd(CommandLine command) implements Instruction {}

    /** {@code ENTRYPOINT}. */
    record Entrypoint(CommandLine command) implements Instruction {}

    /** {@code SHELL}. */
    record Shell(List<String> words) implements Instruction {}

    /** {@code STOPSIGNAL}. */
    record Stopsignal(String signal) implements Instruction {}

    /** {@code HEALTHCHECK}: without a command it is {@code NONE}. */
    record Healthcheck(
            Optional<CommandLine> command,
            Optional<Duration> interval,
            Optional<Duration> timeout,
            Optional<Duration> startPeriod,
            Optional<Duration> startInterval,
            OptionalInt retries)
            implements Instruction {}

    /** {@code ONBUILD}: an instruction for those who build on the image. */
    record Onbuild(String trigger) implements Instruction {}
}

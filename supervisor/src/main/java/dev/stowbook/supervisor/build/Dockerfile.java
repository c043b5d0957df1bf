package dev.stowbook.supervisor.build;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A Dockerfile that was read.
 *
 * @param escape takes characters their meaning in its instructions
 * @param globals the ARG instructions before the first FROM
 * @param stages at least one
 */
record Dockerfile(char escape, List<Step> globals, List<Stage> stages) {
    private static final int LONGEST_BYTES = 1 << 20;

    /** An instruction where it stands, with its text as one line. */
    record Step(Place place, String text, Instruction instruction) {}

    /**
     * What one FROM begins.
     *
     * @param index from 0
     * @param from its FROM
     * @param base what that says
     * @param steps the instructions that follow
     */
    record Stage(int index, Step from, Instruction.From base, List<Step> steps) {
        Optional<String> name() {
            return base.name();
        }
    }

    static Dockerfile parse(String file, byte[] bytes) throws DockerfileException {
        LogicalLines lines = LogicalLines.of(file, text(file, bytes));
        List<Step> globals = new ArrayList<>();
        List<Stage> stages = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (LogicalLines.Line line : lines.lines()) {
            Step step = new Step(line.place(), line.text(), InstructionReader.read(line.place(), lines.escape(), line.text()));
            if (step.instruction() instanceof Instruction.From from) {
                if (from.name().isPresent() && !names.add(from.name().get())) {
                    throw line.place().problem("there are two stages named " + from.name().get() + ": name one of them otherwise");
                }
                stages.add(new Stage(stages.size(), step, from, new ArrayList<>()));
            } else if (!stages.isEmpty()) {
                stages.getLast().steps().add(step);
            } else if (step.instruction() instanceof Instruction.Arg) {
                globals.add(step);
            } else {
                throw line.place().problem("the first instruction must be FROM, after ARG at most, not " + step.instruction().keyword());
            }
        }
        if (stages.isEmpty()) {
            throw new Place(file, 1).problem("there is no FROM: begin with FROM image, or FROM scratch");
        }
        return new Dockerfile(lines.escape(), List.copyOf(globals), List.copyOf(stages));
    }

    private static String text(String file, byte[] bytes) throws DockerfileException {
        Place start = new Place(file, 1);
        if (bytes.length > LONGEST_BYTES) {
            throw start.problem("it is longer than " + LONGEST_BYTES + " bytes");
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw start.problem("it is not UTF-8: save it as such");
        }
    }

    /** A stage by its name or number; only those before {@code limit} are looked at. */
    OptionalInt stage(String reference, int limit) {
        String name = reference.toLowerCase(Locale.ROOT);
        for (int i = limit - 1; i >= 0; i--) {
            if (stages.get(i).name().equals(Optional.of(name))) {
                return OptionalInt.of(i);
            }
        }
        if (name.matches("[0-9]{1,6}") && Integer.parseInt(name) < limit) {
            return OptionalInt.of(Integer.parseInt(name));
        }
        return OptionalInt.empty();
    }
}

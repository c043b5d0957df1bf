package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.command.VolumeCommand;
import dev.stowbook.supervisor.event.VolumeEvent;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.VolumeSpec;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Decides what users ask of volumes. */
final class VolumeDecider {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");

    private VolumeDecider() {}

    static Decision decide(Draft draft, VolumeCommand command) {
        return switch (command) {
            case VolumeCommand.CreateVolume c -> create(draft, c);
            case VolumeCommand.RemoveVolume c -> remove(draft, c);
            case VolumeCommand.PruneVolumes c -> prune(draft);
        };
    }

    static void checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw Draft.reject(ErrorCode.INVALID, "a volume's name is a letter or digit, then up to 127 letters, digits, '_', '.' and '-', not '"
                    + (name.length() > 40 ? name.substring(0, 40) + "..." : name) + "'");
        }
    }

    /** Whether a volume is what somebody wants made. */
    static boolean same(Volume volume, VolumeSpec.Making wanted) {
        return volume.driver().equals(wanted.driver())
                && volume.options().equals(wanted.options())
                && volume.sizeLimitBytes().equals(wanted.sizeLimitBytes());
    }

    private static Decision create(Draft draft, VolumeCommand.CreateVolume c) {
        String name = c.volume().orElseGet(draft.inputs()::newId);
        checkName(name);
        Volume present = draft.state().storage().volumes().get(name);
        if (present != null) {
            if (present.phase() == Volume.Phase.REMOVING) {
                throw Draft.reject(ErrorCode.CONFLICT, "volume " + name + " is being removed; try again in a moment");
            }
            if (!same(present, new VolumeSpec.Making(c.driver(), c.options(), c.sizeLimitBytes())) || !present.labels().equals(c.labels())) {
                throw Draft.reject(ErrorCode.CONFLICT, "volume " + name + " exists with driver " + present.driver() + ", options "
                        + present.options() + " and labels " + present.labels() + "; take another name, or remove it first");
            }
            return answer(draft, name, "unchanged", List.of());
        }
        long sequence = draft.nextSequence();
        draft.emit(new VolumeEvent.VolumeCreated(
                name, c.driver(), c.options(), c.sizeLimitBytes(), c.labels(), Optional.empty(), VolumeSteps.create()));
        return answer(draft, name, "created", List.of(sequence));
    }

    private static Decision answer(Draft draft, String name, String action, List<Long> operations) {
        return draft.accepted(
                new Answer.Volumes(List.of(new Answer.VolumeAction(name, action))), new Await.OperationsOver(operations));
    }

    private static Decision remove(Draft draft, VolumeCommand.RemoveVolume c) {
        Volume volume = draft.state().storage().volumes().get(c.volume());
        if (volume == null) {
            throw Draft.reject(ErrorCode.NOT_FOUND, "there is no volume " + c.volume());
        }
        if (!volume.pods().isEmpty()) {
            String pod = draft.state().pod(volume.pods().firstKey()).spec().name();
            throw Draft.reject(ErrorCode.CONFLICT, "volume " + c.volume() + " is used by pod " + pod + ": remove that first (stowbook rm " + pod + ")");
        }
        if (beingMade(draft, volume)) {
            throw Draft.reject(ErrorCode.CONFLICT, "volume " + c.volume() + " is being made; try again in a moment");
        }
        return answer(draft, c.volume(), "removed", List.of(begin(draft, volume)));
    }

    private static boolean beingMade(Draft draft, Volume volume) {
        return operation(draft, Operation.Kind.CREATE_VOLUME, volume).isPresent();
    }

    private static Optional<Operation> operation(Draft draft, Operation.Kind kind, Volume volume) {
        return draft.state().operations().values().stream()
                .filter(operation -> operation.kind() == kind && operation.target().equals(volume.name()))
                .findFirst();
    }

    /** The sequence of its removal, new or under way. */
    private static long begin(Draft draft, Volume volume) {
        Optional<Operation> underWay = operation(draft, Operation.Kind.REMOVE_VOLUME, volume);
        if (underWay.isPresent()) {
            return underWay.get().sequence();
        }
        long sequence = draft.nextSequence();
        draft.emit(new VolumeEvent.VolumeRemoving(volume.name(), VolumeSteps.remove()));
        return sequence;
    }

    private static Decision prune(Draft draft) {
        List<Answer.VolumeAction> actions = new ArrayList<>();
        List<Long> operations = new ArrayList<>();
        for (Volume volume : draft.state().storage().volumes().values()) {
            if (volume.pods().isEmpty() && volume.phase() != Volume.Phase.REMOVING && !beingMade(draft, volume)) {
                operations.add(begin(draft, volume));
                actions.add(new Answer.VolumeAction(volume.name(), "removed"));
            }
        }
        return draft.accepted(new Answer.Volumes(actions), new Await.OperationsOver(operations));
    }
}

package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.event.ExecEvent;
import dev.stowbook.supervisor.model.ContainerId;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** What events of processes that exec started do to state. Of those that ended it keeps the newest; the book keeps all. */
final class EvolveExec {
    private EvolveExec() {}

    static State apply(State state, ExecEvent event, long sequence) {
        return switch (event) {
            case ExecEvent.ExecStarting e -> starting(state, e, sequence);
            case ExecEvent.ExecExited e -> exited(state, e, sequence);
        };
    }

    private static State starting(State state, ExecEvent.ExecStarting e, long sequence) {
        Exec exec = new Exec(
                e.exec(), e.container(), e.pod(), e.process(), e.tty(), e.stdin(), e.attach(), Optional.empty(), Optional.empty(),
                Optional.empty(), OptionalLong.empty());
        Operation operation = Operation.begin(sequence, Operation.Kind.EXEC, Optional.of(e.pod()), e.exec().value(), e.steps());
        return state.withExecs(state.execs().plus(e.exec(), exec))
                .withOperations(state.operations().plus(sequence, operation));
    }

    private static State exited(State state, ExecEvent.ExecExited e, long sequence) {
        Exec exec = state.execs().get(e.exec());
        if (exec == null) {
            return state;
        }
        return forgetOld(state.withExecs(state.execs().plus(e.exec(), exec.ended(e.exit(), sequence))), e.container());
    }

    /** One whose start is still to be told of is kept: its step is planned from it. */
    private static State forgetOld(State state, ContainerId container) {
        List<Exec> ended = state.execs().values().stream()
                .filter(exec -> exec.container().equals(container) && exec.exit().isPresent())
                .sorted(Comparator.comparing((Exec exec) -> exec.endSequence().orElse(0)).reversed())
                .toList();
        if (ended.size() <= State.ENDED_EXECS_KEPT) {
            return state;
        }
        Set<String> starting = state.operations().values().stream()
                .filter(operation -> operation.kind() == Operation.Kind.EXEC)
                .map(Operation::target)
                .collect(Collectors.toCollection(HashSet::new));
        State next = state;
        for (Exec exec : ended.subList(State.ENDED_EXECS_KEPT, ended.size())) {
            if (!starting.contains(exec.id().value())) {
                next = next.withExecs(next.execs().minus(exec.id()));
            }
        }
        return next;
    }
}

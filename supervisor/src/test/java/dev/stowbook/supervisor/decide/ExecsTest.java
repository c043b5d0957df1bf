package dev.stowbook.supervisor.decide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.event.ExecEvent.ExecExited;
import dev.stowbook.supervisor.event.ExecEvent.ExecStarting;
import dev.stowbook.supervisor.model.ExecId;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is remembered of processes that exec started. */
class ExecsTest extends DecisionTest {
    private ExecId starting(String container) {
        return book.when(new ContainerCommand.StartExec(
                        container, List.of("ls"), List.of(), Optional.empty(), Optional.empty(), false, false, false))
                .one(ExecStarting.class)
                .exec();
    }

    private ExecId started(String container) {
        ExecId exec = starting(container);
        book.done("exec");
        return exec;
    }

    private void ends(ExecId exec) {
        ExitStatus exit = new ExitStatus(ExitStatus.Kind.EXITED, 0, OptionalInt.empty(), book.now(), false, "");
        book.when(new Report.ReportExecExit(exec, exit)).then(ExecExited.class);
    }

    @Test
    void ofThoseThatEndedInAContainerTheNewestAreRememberedInTheOrderOfTheirEnds() {
        running("web", RestartPolicy.NEVER);
        running("db", RestartPolicy.NEVER);
        ExecId runs = started("web");
        ExecId other = started("db");
        ends(other);
        List<ExecId> all = new ArrayList<>();
        for (int i = 0; i < State.ENDED_EXECS_KEPT + 5; i++) {
            all.add(started("web"));
        }
        List<ExecId> byEnd = all.reversed(); // ids grow, and those that were started last end first
        byEnd.forEach(this::ends);
        Set<ExecId> known = book.state().execs().keySet();
        assertTrue(known.containsAll(List.of(runs, other)), "one that runs, and another container's");
        assertTrue(known.containsAll(byEnd.subList(5, byEnd.size())));
        byEnd.subList(0, 5).forEach(old -> assertFalse(known.contains(old)));
        assertEquals(State.ENDED_EXECS_KEPT + 2, known.size());
        book.replaysTheSame();
    }

    @Test
    void oneWhoseStartIsStillToBeToldOfIsNotForgotten() {
        running("web", RestartPolicy.NEVER);
        ExecId early = starting("web");
        ends(early);
        for (int i = 0; i < State.ENDED_EXECS_KEPT + 3; i++) {
            ExecId exec = starting("web");
            ends(exec);
        }
        assertTrue(book.state().execs().containsKey(early));
        for (int i = 0; i < State.ENDED_EXECS_KEPT + 4; i++) {
            book.done("exec");
        }
        ends(started("web"));
        assertEquals(State.ENDED_EXECS_KEPT, book.state().execs().size());
        assertFalse(book.state().execs().containsKey(early));
    }
}

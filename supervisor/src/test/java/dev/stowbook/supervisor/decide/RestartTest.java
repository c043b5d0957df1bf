package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.daemon;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.command.TimerCommand;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.effect.EffectPlanner;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerStarting;
import dev.stowbook.supervisor.event.ContainerEvent.OomKilled;
import dev.stowbook.supervisor.event.ContainerEvent.ProcessExited;
import dev.stowbook.supervisor.event.ContainerEvent.RestartScheduled;
import dev.stowbook.supervisor.event.PodEvent.PodStopping;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.state.Container;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestartTest extends DecisionTest {
    private Container web() {
        return book.container("web", 0);
    }

    private Duration waitAfterExit() {
        RestartScheduled scheduled = exits(web(), 1).one(RestartScheduled.class);
        return Duration.between(book.now(), scheduled.at());
    }

    private void restart() {
        book.whenDue(TimerCommand.RestartDue.class).then(ContainerStarting.class);
        book.work();
    }

    @ParameterizedTest
    @CsvSource({"ALWAYS,0,true", "ALWAYS,1,true", "ON_FAILURE,0,false", "ON_FAILURE,1,true", "NEVER,0,false", "NEVER,1,false"})
    void policyAndExitCodeDecideWhetherItIsStartedAgain(RestartPolicy policy, int code, boolean again) {
        running("web", policy);
        if (again) {
            exits(web(), code).then(ProcessExited.class, RestartScheduled.class);
            restart();
            assertEquals(2, web().attempt());
        } else {
            exits(web(), code).then(ProcessExited.class, PodStopping.class);
        }
    }

    @Test
    void eachWaitIsTwiceTheOneBeforeUpToFiveMinutes() {
        running("web", RestartPolicy.ALWAYS);
        List<Duration> waits = Stream.generate(() -> {
                    Duration wait = waitAfterExit();
                    restart();
                    return wait;
                })
                .limit(12)
                .toList();
        assertEquals(
                List.of(500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000),
                waits.stream().map(wait -> (int) wait.toMillis()).toList());
    }

    @Test
    void waitsAreSpreadByATenth() {
        running("web", RestartPolicy.ALWAYS);
        book.jitter(0);
        assertEquals(Duration.ofMillis(450), waitAfterExit());
        restart();
        book.jitter(1);
        assertEquals(Duration.ofMillis(1100), waitAfterExit());
    }

    @Test
    void whoeverRanTenMinutesBeginsAtTheBaseAgain() {
        running("web", RestartPolicy.ALWAYS);
        waitAfterExit();
        restart();
        waitAfterExit();
        restart();
        book.pass(Duration.ofMinutes(10));
        assertEquals(Duration.ofMillis(500), waitAfterExit());
        assertEquals(1, web().failures());
    }

    @Test
    void anAttemptThatNeverRanDidNotRunLong() {
        running("web", RestartPolicy.ALWAYS);
        book.pass(Duration.ofMinutes(30));
        waitAfterExit();
        book.whenDue(TimerCommand.RestartDue.class);
        book.failed("process:c", "EXEC");
        book.whenDue(TimerCommand.RestartDue.class);
        book.failed("process:c", "EXEC");
        assertEquals(3, web().failures());
    }

    @Test
    void afterSoManyFailuresInARowNothingIsTriedAnyMore() {
        DecisionSettings d = DecisionSettings.defaults();
        given(
                new DecisionSettings(
                        d.backoffBase(), d.backoffFactor(), d.backoffCap(), d.backoffJitter(), d.resetWindow(), 2),
                SUBNET);
        running("web", RestartPolicy.ALWAYS);
        waitAfterExit();
        restart();
        waitAfterExit();
        restart();
        exits(web(), 1).then(ProcessExited.class, PodStopping.class);
    }

    @Test
    void theMomentIsInTheBookSoThatItSurvivesADaemon() {
        running("web", RestartPolicy.ALWAYS);
        RestartScheduled scheduled = exits(web(), 1).one(RestartScheduled.class);
        book.pass(Duration.ofSeconds(7));
        book.when(daemon("boot-1", SUBNET));
        assertTrue(EffectPlanner.timers(book.state())
                .contains(new Effect.Schedule(scheduled.at(), new TimerCommand.RestartDue(web().id(), 1))));
        book.whenDue(TimerCommand.RestartDue.class).then(ContainerStarting.class);
        book.when(new TimerCommand.RestartDue(web().id(), 1)).then();
    }

    @Test
    void thatTheKernelKilledItForMemoryIsRememberedForThisAttempt() {
        running("web", RestartPolicy.ALWAYS);
        book.when(new Report.ReportOom(web().id().value(), 1)).then(OomKilled.class);
        assertTrue(exits(web(), 137).one(ProcessExited.class).oomKilled());
        restart();
        assertEquals(false, exits(web(), 1).one(ProcessExited.class).oomKilled());
    }
}

package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.daemon;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.command.ContainerCommand.HoldForCommit;
import dev.stowbook.supervisor.command.ContainerCommand.PauseContainer;
import dev.stowbook.supervisor.command.ContainerCommand.ReleaseFromCommit;
import dev.stowbook.supervisor.command.ContainerCommand.ResumeContainer;
import dev.stowbook.supervisor.command.ContainerCommand.StopContainer;
import dev.stowbook.supervisor.command.PodCommand;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerPausing;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerResuming;
import dev.stowbook.supervisor.event.ContainerEvent.ContainerStopping;
import dev.stowbook.supervisor.event.ContainerEvent.StopRequested;
import dev.stowbook.supervisor.event.DaemonEvent.DaemonStarted;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.PauseReason;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.state.Container;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A container that stands still for a commit does so for no longer than that, and for nobody else. */
class HoldForCommitTest extends DecisionTest {
    @BeforeEach
    void aContainerRuns() {
        running("web", RestartPolicy.NEVER);
    }

    private Container web() {
        return book.container("web", 0);
    }

    private Then held() {
        return book.when(new HoldForCommit("web"));
    }

    private Then released() {
        return book.when(new ReleaseFromCommit("web"));
    }

    @Test
    void itStandsStillUntilItIsCopied() {
        Then hold = held();
        assertEquals(PauseReason.COMMIT, hold.then(ContainerPausing.class).one(ContainerPausing.class).reason());
        assertFalse(hold.answered());
        book.done("freeze:c");
        assertTrue(hold.answered() && web().paused());
        released().then(ContainerResuming.class);
        book.done("thaw:c");
        assertFalse(web().paused() || web().heldForCommit());
    }

    @Test
    void whatIsRemovedMeanwhileNeedsNoRelease() {
        held();
        book.done("freeze:c");
        book.when(new PodCommand.RemovePods(List.of("web"), true, false, OptionalLong.of(0)));
        book.work();
        exits(web(), 137);
        book.work();
        assertTrue(book.state().podNamed("web").isEmpty());
        assertTrue(released().then().answered());
    }

    @Test
    void aDaemonThatBeginsAnewLetsItGoOn() {
        held();
        book.done("freeze:c");
        book.when(daemon("boot-1", SUBNET)).then(DaemonStarted.class, ContainerResuming.class);
        book.done("thaw:c");
        assertFalse(web().paused());
        book.when(daemon("boot-1", SUBNET)).then(DaemonStarted.class);
    }

    @Test
    void aDaemonThatEndedBeforeItStoodStillLetsItGoOnToo() {
        held();
        book.when(daemon("boot-1", SUBNET)).then(DaemonStarted.class, ContainerResuming.class);
        assertEquals(List.of("freeze:c", "thaw:c"), book.begun());
        book.work();
        assertFalse(web().paused());
    }

    @Test
    void whatSomebodyPausedStaysPausedWhateverIsCommitted() {
        book.when(new PauseContainer("web"));
        book.work();
        assertTrue(held().answered());
        released().then();
        book.when(daemon("boot-1", SUBNET)).then(DaemonStarted.class);
        assertTrue(web().paused());
    }

    @Test
    void whoPausesItMeanwhileHasItPausedAfterwards() {
        held();
        book.work();
        assertEquals(PauseReason.ASKED, book.when(new PauseContainer("web")).then(ContainerPausing.class).one(ContainerPausing.class).reason());
        book.work();
        released().then();
        book.when(daemon("boot-1", SUBNET)).then(DaemonStarted.class);
        assertTrue(web().paused());
        book.when(new PauseContainer("web")).refused(ErrorCode.CONFLICT, "paused already");
    }

    @Test
    void whoPausesItsPodMeanwhileHasItPausedAfterwards() {
        held();
        book.work();
        book.when(new PodCommand.PausePod("web")).then(ContainerPausing.class);
        book.work();
        released().then();
        assertTrue(web().paused());
    }

    @Test
    void whoResumesItMeanwhileIsHeard() {
        held();
        book.work();
        book.when(new ResumeContainer("web")).then(ContainerResuming.class);
        book.work();
        released().then();
        assertFalse(web().paused());
    }

    @Test
    void twoCommitsAtOnceAreOneTooMany() {
        held();
        held().refused(ErrorCode.CONFLICT, "is being committed already");
    }

    @Test
    void whatIsStoppedMeanwhileGoesOnForThat() {
        held();
        book.work();
        book.when(new StopContainer("web", OptionalLong.of(1000))).then(StopRequested.class, ContainerStopping.class);
        released().then();
        book.when(daemon("boot-1", SUBNET)).then(DaemonStarted.class);
    }

    @Test
    void whatDoesNotRunCanBeCommittedWithoutThat() {
        exits(web(), 0);
        assertTrue(held().answered());
        released().then();
    }
}

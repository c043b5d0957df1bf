package dev.stowbook.supervisor.decide;

import static dev.stowbook.supervisor.decide.Manifests.apply;
import static dev.stowbook.supervisor.decide.Manifests.container;
import static dev.stowbook.supervisor.decide.Manifests.daemon;
import static dev.stowbook.supervisor.decide.Manifests.image;
import static dev.stowbook.supervisor.decide.Manifests.pod;
import static dev.stowbook.supervisor.decide.Manifests.register;

import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.state.Container;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Given a daemon with an image; every test's book is replayed twice at its end. */
abstract class DecisionTest {
    static final String SUBNET = "10.88.0.0/24";

    Book book = new Book(DecisionSettings.defaults());

    @BeforeEach
    void aDaemonWithAnImage() {
        given(DecisionSettings.defaults(), SUBNET);
    }

    void given(DecisionSettings settings, String subnet) {
        book = new Book(settings);
        book.when(daemon("boot-1", subnet));
        book.when(register("busybox", image("a", "base")));
        book.effects();
    }

    /** A pod of one container that runs. */
    void running(String name, RestartPolicy policy) {
        book.when(apply(pod(name, policy, container("c", "busybox"))));
        book.work();
        book.effects();
    }

    Then exits(Container container, int code) {
        ExitStatus exit = new ExitStatus(
                ExitStatus.Kind.EXITED, code, OptionalInt.empty(), book.now(), false, "");
        return book.when(new Report.ReportExit(container.id(), container.attempt(), exit, 0));
    }

    Then exitsAfter(Duration time, Container container, int code) {
        book.pass(time);
        return exits(container, code);
    }

    @AfterEach
    void replayedTwiceItIsTheSameState() {
        book.replaysTheSame();
    }
}

package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.event.BuildEvent;
import java.time.Instant;
import java.util.Optional;
import org.pcollections.TreePMap;

/** What events of builds do to state. */
final class EvolveBuild {
    private EvolveBuild() {}

    static State apply(State state, BuildEvent event, long sequence, Instant time) {
        Builds builds = state.builds();
        return switch (event) {
            case BuildEvent.BuildStarted e -> state.withBuilds(builds.with(new Build(e.build(), e.spec(), time, 0, TreePMap.empty())))
                    .withOperations(state.operations()
                            .plus(
                                    sequence,
                                    Operation.begin(
                                            sequence,
                                            Operation.Kind.BUILD_IMAGE,
                                            Optional.empty(),
                                            e.build().value(),
                                            e.steps())));
            case BuildEvent.BuildStepStarted e -> {
                Build build = builds.running().get(e.build());
                yield build == null ? state : state.withBuilds(builds.with(build.at(e.number())));
            }
            case BuildEvent.BuildStepDone e -> {
                Build build = builds.running().get(e.build());
                Builds used = build == null ? builds : builds.with(build.using(e.image(), e.number()));
                yield state.withBuilds(e.key().isEmpty() || e.cached() ? used : used.made(e.key(), e.image(), e.parent().orElse("")));
            }
        };
    }
}

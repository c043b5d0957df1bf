package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.command.Report;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.State;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Takes images out of the content store. */
final class ImageWork {
    /** What the content store does for it. */
    interface Content {
        void remove(String image, List<StoredLayer> layers, Predicate<String> used) throws Exception;
    }

    private final Content content;
    private final Supplier<State> newest;
    private final Workers workers;
    private final Outcomes outcomes;

    /** @param newest the newest durable state */
    ImageWork(Content content, Supplier<State> newest, Workers workers, Outcomes outcomes) {
        this.content = content;
        this.newest = newest;
        this.workers = workers;
        this.outcomes = outcomes;
    }

    void remove(Effect.RemoveImage effect, Outcomes.Origin origin) {
        long begun = System.nanoTime();
        workers.call(() -> {
                    removeUnused(effect);
                    return true;
                })
                .whenComplete((done, failure) -> {
                    StepEvent outcome = failure == null
                            ? new StepEvent.ImageRemoved(
                                    effect.step(), effect.image(), (System.nanoTime() - begun) / 1000)
                            : new StepEvent.ImageRemovalFailed(
                                    effect.step(),
                                    effect.image(),
                                    String.valueOf(Outcomes.cause(failure).getMessage()));
                    outcomes.report(new Report.CompleteStep(outcome), Actor.Kind.DRIVER, "image store", origin);
                });
    }

    /** What an image that came since shares stays; one that is on its way holds what it shares in the store itself. */
    private void removeUnused(Effect.RemoveImage effect) throws Exception {
        content.remove(effect.image(), effect.layers(), name -> uses(newest.get(), name));
    }

    private static boolean uses(State state, String name) {
        return state.images().containsKey(name)
                || state.images().values().stream()
                        .anyMatch(image -> image.layers().stream().anyMatch(layer -> layer.chainId().equals(name)));
    }
}

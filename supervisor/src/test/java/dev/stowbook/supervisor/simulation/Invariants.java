package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EventFormat;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.Exec;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.state.Operation;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.state.Volume;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What has to hold at every moment, by name. */
final class Invariants {
    private Invariants() {}

    /** The log up to a state leads to that state. */
    static void replayEqualsState(MemoryLog log, EventFormat format, State state) {
        List<Entry> until = log.entries().stream()
                .filter(entry -> entry.lastSequence() <= state.sequence())
                .toList();
        State replayed = replay(until, format);
        if (!replayed.equals(state)) {
            throw new AssertionError("replay differs from state:\n" + replayed + "\n" + state);
        }
    }

    static State replay(List<Entry> entries, EventFormat format) {
        return replay(State.empty(), entries, format);
    }

    /** From a snapshot on. */
    static State replay(State snapshot, List<Entry> entries, EventFormat format) {
        State state = snapshot;
        for (Entry entry : entries) {
            if (entry.lastSequence() <= snapshot.sequence()) {
                continue;
            }
            for (int i = 0; i < entry.events().size(); i++) {
                try {
                    state = Evolve.apply(
                            state,
                            new Recorded(
                                    entry.firstSequence() + i, entry.time(), format.decode(entry.events().get(i))));
                } catch (LogException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return state;
    }

    static void noKernelCallWithoutAppendedIntent(MemoryLog log, Effect effect, long sequence) {
        if (sequence < 1 || sequence > log.lastSequence()) {
            throw new AssertionError(effect + " begun for " + sequence + ", appended are " + log.lastSequence());
        }
        if (effect.afterDurable() && sequence > log.durableSequence()) {
            throw new AssertionError(effect + " begun for " + sequence + ", durable are " + log.durableSequence());
        }
    }

    static void noReplyBeforeDurability(MemoryLog log, Reply reply) {
        if (reply instanceof Reply.Granted granted && granted.sequence() > log.durableSequence()) {
            throw new AssertionError("told of " + granted.sequence() + ", durable are " + log.durableSequence());
        }
    }

    static void nothingShownBeforeDurability(MemoryLog log, State shown) {
        if (shown.sequence() > log.durableSequence()) {
            throw new AssertionError("shown " + shown.sequence() + ", durable are " + log.durableSequence());
        }
    }

    static void nothingAcknowledgedIsLost(MemoryLog log, long acknowledged) {
        if (acknowledged > log.lastSequence()) {
            throw new AssertionError(acknowledged + " was acknowledged, the log ends at " + log.lastSequence());
        }
    }

    static void noProcessIsStartedTwice(
            Set<String> started, String boot, ContainerId container, int attempt, int generation) {
        if (!started.add(boot + "/" + container + "/" + attempt + "/" + generation)) {
            throw new AssertionError("started twice: attempt " + attempt + " of " + container);
        }
    }

    static void nothingRuns(boolean runs, String why) {
        if (runs) {
            throw new AssertionError("a process runs, though " + why);
        }
    }

    static void layerIsThere(Set<String> layers, String layer) {
        if (!layers.contains(layer)) {
            throw new AssertionError("layer " + layer + " is not there");
        }
    }

    static void lockedContainersAreOfTheirImages(State state) {
        for (Pod pod : state.pods().values()) {
            for (ContainerId id : pod.containers()) {
                Container container = state.container(id);
                pod.spec().containers().stream()
                        .filter(spec -> spec.name().equals(container.name()))
                        .flatMap(spec -> spec.pin().stream())
                        .filter(pin -> !pin.image().equals(container.definition().imageId()))
                        .forEach(pin -> {
                            throw new AssertionError(container.name() + " is locked to " + pin.image() + ", but is of " + container.definition().imageId());
                        });
            }
        }
    }

    static void imagesAreComplete(FakeHost host, State state) {
        if (!state.catalogue().origins().keySet().equals(state.images().keySet())) {
            throw new AssertionError("the images are " + state.images().keySet() + ", but it is known how " + state.catalogue().origins().keySet() + " came");
        }
        if (!state.images().keySet().containsAll(state.catalogue().trees().keySet())) {
            throw new AssertionError("trees are known of images that are gone: " + state.catalogue().trees());
        }
        for (StoredImage image : state.images().values()) {
            for (StoredLayer layer : image.layers()) {
                if (!host.has(layer)) {
                    throw new AssertionError("image " + image.id() + " lacks layer " + layer.cacheId());
                }
            }
        }
    }

    /** Where nothing is being changed, the kernel has what the book says. */
    static void groupsHaveTheLimitsOfTheBook(FakeHost host, State state) {
        boolean changing = state.operations().values().stream().anyMatch(o -> o.kind() == Operation.Kind.UPDATE_LIMITS);
        for (Pod pod : state.pods().values()) {
            // One that could not be started goes, and what is left of its groups with it: new limits are for its next start.
            if (changing || pod.phase() != Pod.Phase.RUNNING || pod.startFailure().isPresent()) {
                continue;
            }
            same(pod.spec().resources(), host.limits(pod.id(), Optional.empty()), pod.id().value());
            for (ContainerId id : pod.containers()) {
                same(state.container(id).definition().resources(), host.limits(pod.id(), Optional.of(id)), id.value());
            }
        }
    }

    private static void same(ResourceSpec book, Optional<ResourceSpec> kernel, String group) {
        if (kernel.isPresent() && !kernel.get().equals(book)) {
            throw new AssertionError("the book limits " + group + " to " + book + ", the kernel to " + kernel.get());
        }
    }

    /** A daemon that has just begun commits nothing yet. */
    static void nobodyIsHeldForACommitOfADaemonThatEnded(State state) {
        state.containers().values().stream().filter(container -> container.heldForCommit() && container.stop().isEmpty()).forEach(container -> {
            throw new AssertionError("held for a commit that nobody makes any more: " + container);
        });
    }

    /** Every pod that has users of its own is known to have them, and no two share one. */
    static void noTwoPodsShareUsers(State state) {
        TreeMap<Long, PodId> held = new TreeMap<>();
        for (Pod pod : state.pods().values()) {
            if (pod.users().isPresent() != pod.spec().ownUsers()) {
                throw new AssertionError("not the users it asked for: " + pod);
            }
            pod.users().ifPresent(range -> held.put(range.first(), pod.id()));
        }
        if (!held.equals(state.instance().users().held())) {
            throw new AssertionError("held " + held + ", known " + state.instance().users().held());
        }
        long end = 0;
        for (long first : held.keySet()) {
            if (first < end) {
                throw new AssertionError("shared ids from " + first + ": " + held);
            }
            end = first + IdRange.OF_A_POD;
        }
    }

    /** Of those that ended in a container only the newest are known, and those whose start is still to be told of. */
    static void endedExecsAreForgotten(State state) {
        Set<String> starting = state.operations().values().stream()
                .filter(operation -> operation.kind() == Operation.Kind.EXEC)
                .map(Operation::target)
                .collect(Collectors.toSet());
        state.execs().values().stream()
                .filter(exec -> exec.exit().isPresent() && !starting.contains(exec.id().value()))
                .collect(Collectors.groupingBy(Exec::container))
                .forEach((container, ended) -> {
                    if (ended.size() > State.ENDED_EXECS_KEPT) {
                        throw new AssertionError(ended.size() + " execs are remembered of container " + container);
                    }
                });
    }

    /** Nothing waits for a daemon that begins anew. */
    static void nothingIsUnderWay(State state) {
        if (!state.pods().isEmpty()
                || !state.operations().isEmpty()
                || !state.catalogue().transfers().isEmpty()
                || !state.containers().isEmpty()
                || !state.execs().isEmpty()
                || !state.publishedPorts().isEmpty()
                || !state.removals().isEmpty()
                || !state.builds().running().isEmpty()
                || !state.instance().users().held().isEmpty()
                || !state.storage().bound().isEmpty()
                || state.storage().volumes().values().stream()
                        .anyMatch(volume -> !volume.pods().isEmpty() || volume.owner().isPresent() || volume.phase() == Volume.Phase.REMOVING)
                || state.networks().values().stream().anyMatch(network -> !network.members().isEmpty()
                        || network.pools().stream().anyMatch(pool -> !pool.taken().isEmpty()))) {
            throw new AssertionError("under way: " + state);
        }
    }

    static void nothingIsLeftOver(FakeHost host, State state) {
        nothingIsUnderWay(state);
        if (!host.leftovers(state).isEmpty()) {
            throw new AssertionError("left over: " + host.leftovers(state) + " and in " + state);
        }
    }

    static void noAddressIsGivenTwice(List<String> some, List<String> others) {
        if (some.stream().anyMatch(others::contains)) {
            throw new AssertionError("an address is given twice: " + some + " and " + others);
        }
    }

    /** The pools of networks and the pods' connections say the same. */
    static void addressesAreTheirPods(State state) {
        long held = state.networks().values().stream()
                .flatMap(network -> network.pools().stream())
                .mapToLong(pool -> pool.taken().size())
                .sum();
        long used = state.pods().values().stream()
                .flatMap(pod -> pod.network().endpoints().stream())
                .mapToLong(endpoint -> endpoint.addresses().size())
                .sum();
        long members = state.networks().values().stream().mapToLong(network -> network.members().size()).sum();
        long endpoints = state.pods().values().stream().mapToLong(pod -> pod.network().endpoints().size()).sum();
        if (held != used || members != endpoints) {
            throw new AssertionError(held + " addresses held, " + used + " used; " + members + " members, " + endpoints + " endpoints: " + state);
        }
    }

    static void onlyTheDefaultNetworkIsLeft(State state) {
        if (state.networks().size() != 1 || state.networks().values().stream().anyMatch(network -> network.link().isEmpty())) {
            throw new AssertionError("networks left: " + state.networks().values());
        }
    }

    static void everybodyWasAnswered(int open) {
        if (open != 0) {
            throw new AssertionError(open + " commands were never answered");
        }
    }
}

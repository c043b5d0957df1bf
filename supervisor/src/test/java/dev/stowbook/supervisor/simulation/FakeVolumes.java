package dev.stowbook.supervisor.simulation;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.MountSource;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Volumes on a made-up disk, and who uses them; users end with the power. */
final class FakeVolumes {
    private final TreeSet<String> made = new TreeSet<>();
    private final TreeSet<String> mayStay = new TreeSet<>();
    private final TreeMap<String, TreeSet<PodId>> users = new TreeMap<>();

    /** What a lost book entry made stays on the disk for its user to find; nobody else looks after it. */
    void powerLost(State durable) {
        users.clear();
        made.stream().filter(volume -> !durable.storage().volumes().containsKey(volume)).forEach(mayStay::add);
    }

    /** An earlier daemon may have made it all the same, and if nobody claims it then, the book forgets it. */
    void notMade(String volume) {
        mayStay.add(volume);
    }

    /** What should not be there when no pod is. */
    List<String> leftovers(State state) {
        List<String> left = new ArrayList<>();
        made.stream().filter(volume -> !mayStay.contains(volume) && !state.storage().volumes().containsKey(volume)).forEach(volume -> left.add("volume " + volume));
        users.forEach((volume, pods) -> pods.forEach(pod -> left.add("user " + pod + " of volume " + volume)));
        return left;
    }

    StepEvent create(Effect.CreateVolume e) {
        made.add(e.volume());
        return new StepEvent.VolumePrepared(e.step(), e.pod(), e.volume(), 1);
    }

    StepEvent mount(Effect.MountVolume e) {
        isMade(e.volume());
        users.computeIfAbsent(e.volume(), any -> new TreeSet<>()).add(e.pod());
        return new StepEvent.VolumeMounted(
                e.step(), e.pod(), e.key(), Optional.of(e.volume()), new MountSource("/volumes/" + e.volume(), false), 1);
    }

    StepEvent fill(Effect.FillVolume e) {
        isUsed(e.source(), e.pod());
        return new StepEvent.VolumeFilled(e.step(), e.pod(), e.container(), e.volume(), e.path(), 7, 1);
    }

    StepEvent unmount(Effect.UnmountVolume e) {
        users.computeIfPresent(e.volume(), (volume, pods) -> pods.remove(e.pod()) && pods.isEmpty() ? null : pods);
        return new StepEvent.VolumeUnmounted(e.step(), e.pod(), e.key(), e.volume(), 1);
    }

    StepEvent remove(Effect.RemoveVolume e) {
        if (users.containsKey(e.volume())) {
            throw new AssertionError("volume " + e.volume() + " is removed, but " + users.get(e.volume()) + " uses it");
        }
        made.remove(e.volume());
        return new StepEvent.VolumeRemoved(e.step(), e.pod(), e.volume(), 1);
    }

    /** A process is about to have these. */
    void areUsed(List<Effect.Mount> mounts, PodId pod) {
        mounts.forEach(mount -> isUsed(mount.source(), pod));
    }

    private void isUsed(MountSource source, PodId pod) {
        String volume = source.path().substring("/volumes/".length());
        isMade(volume);
        if (!users.getOrDefault(volume, new TreeSet<>()).contains(pod)) {
            throw new AssertionError("volume " + volume + " is not mounted for " + pod);
        }
    }

    private void isMade(String volume) {
        if (!made.contains(volume)) {
            throw new AssertionError("volume " + volume + " is not there");
        }
    }
}

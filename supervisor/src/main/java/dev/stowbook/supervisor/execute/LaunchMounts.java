package dev.stowbook.supervisor.execute;

import dev.stowbook.linux.mount.MountInfo;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.keeper.RootPlan.MountPlan;
import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.MountSpec.Propagation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** From a container's volumes and the files that every container gets to what the keeper mounts. */
final class LaunchMounts {
    private LaunchMounts() {}

    /** What lies higher comes first, so that nothing hides what was mounted below it. A volume takes the place of a file of ours. */
    static List<MountPlan> of(Effect.StartProcess effect, List<MountPlan> files) throws StartFailure, IOException {
        List<MountPlan> all = new ArrayList<>();
        for (Effect.Mount mount : effect.mounts()) {
            all.add(bind(mount));
        }
        files.stream()
                .filter(file -> all.stream().noneMatch(mount -> mount.target().equals(file.target())))
                .forEach(all::add);
        all.sort(Comparator.comparingInt(mount -> Path.of(mount.target()).getNameCount()));
        return all;
    }

    private static MountPlan bind(Effect.Mount mount) throws StartFailure, IOException {
        MountSpec spec = mount.spec();
        Path source = Path.of(mount.source().path());
        if (spec.propagation() != Propagation.NONE) {
            checkPropagation(source, spec);
        }
        boolean readOnly = spec.readOnly() || mount.source().readOnly();
        return new MountPlan.Bind(
                source, spec.path(), spec.subPath(), readOnly, true, readOnly && spec.readOnlyBelow(), switch (spec.propagation()) {
                    case NONE -> MountPlan.Propagation.PRIVATE;
                    case HOST_TO_CONTAINER -> MountPlan.Propagation.SLAVE;
                    case BIDIRECTIONAL -> MountPlan.Propagation.SHARED;
                });
    }

    /** mount_namespaces(7): nothing is propagated from or to a mount that is private on the host. */
    private static void checkPropagation(Path source, MountSpec spec) throws StartFailure, IOException {
        Path real = source.toRealPath();
        Optional<MountInfo> below = Optional.empty();
        for (MountInfo mount : MountInfo.ofSelf()) {
            boolean nearer = below.map(best -> Path.of(mount.target()).getNameCount() >= Path.of(best.target()).getNameCount()).orElse(true);
            if (real.startsWith(mount.target()) && nearer) {
                below = Optional.of(mount);
            }
        }
        String wanted = spec.propagation() == Propagation.BIDIRECTIONAL ? "shared:" : "";
        boolean fits = below.map(mount -> mount.optionalFields().stream()
                        .anyMatch(field -> field.startsWith("shared:") || wanted.isEmpty() && field.startsWith("master:")))
                .orElse(false);
        if (!fits) {
            String where = below.map(MountInfo::target).orElse("/");
            throw new StartFailure("volumes", 0, 128, source + " lies on the host's mount " + where
                    + ", which is private: no later mount would be seen on the other side. Say mount --make-rshared " + where
                    + " on the host, or take mountPropagation out");
        }
    }
}

package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.event.VolumeEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PodVolume;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.VolumeSpec;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.supervisor.state.Volume;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** Decides what a pod's containers mount: what its manifest says, and what their images want. */
final class VolumeBinding {
    private static final String LOCAL = "local";

    private final Draft draft;
    private final PodId pod;
    private final List<PodVolume> volumes = new ArrayList<>();
    private final SortedMap<ContainerId, List<MountSpec>> mounts = new TreeMap<>();

    private VolumeBinding(Draft draft, PodId pod) {
        this.draft = draft;
        this.pod = pod;
    }

    /** Refuses a pod whose volumes cannot be had. */
    static void check(State state, PodSpec spec, List<StoredImage> images) {
        for (VolumeSpec volume : mounted(spec)) {
            volume.kept().ifPresent(kept -> check(state, spec, volume.name(), kept));
        }
        for (StoredImage image : images) {
            for (String path : image.run().volumes()) {
                if (normal(path).equals("/")) {
                    throw Draft.reject(ErrorCode.INVALID, "pod " + spec.name() + ": image " + image.id()
                            + " wants a volume at /, which would hide all of it");
                }
            }
        }
    }

    private static void check(State state, PodSpec spec, String name, VolumeSpec.Kept kept) {
        String where = "pod " + spec.name() + ", volume " + name + ": ";
        Volume volume = state.storage().volumes().get(kept.volume());
        if (volume == null) {
            if (kept.make().isEmpty()) {
                throw Draft.reject(ErrorCode.NOT_FOUND, where + "there is no volume " + kept.volume()
                        + "; make it first (stowbook volume create " + kept.volume() + "), or let the pod make it: write stowbook: {volume: "
                        + kept.volume() + "} in place of persistentVolumeClaim");
            }
            VolumeDecider.checkName(kept.volume());
            return;
        }
        if (volume.phase() == Volume.Phase.REMOVING) {
            throw Draft.reject(ErrorCode.CONFLICT, where + "volume " + kept.volume() + " is being removed; try again in a moment");
        }
        if (volume.owner().isPresent()) {
            throw Draft.reject(ErrorCode.CONFLICT, where + "volume " + kept.volume() + " belongs to another pod and goes with it");
        }
        if (kept.make().isPresent() && !VolumeDecider.same(volume, kept.make().get())) {
            throw Draft.reject(ErrorCode.CONFLICT, where + "volume " + kept.volume() + " exists with driver " + volume.driver()
                    + " and options " + volume.options() + "; ask for the same, or take another name");
        }
    }

    private static List<VolumeSpec> mounted(PodSpec spec) {
        return spec.volumes().stream()
                .filter(volume -> spec.containers().stream()
                        .flatMap(container -> container.mounts().stream())
                        .anyMatch(mount -> mount.volume().equals(volume.name())))
                .toList();
    }

    /** Makes what is missing and says what is mounted where. The pod and its containers stand in the draft. */
    static void bind(Draft draft, PodId pod, PodSpec spec, List<StoredImage> images) {
        VolumeBinding binding = new VolumeBinding(draft, pod);
        mounted(spec).forEach(volume -> binding.declared(volume, isShm(spec, volume)));
        List<ContainerId> containers = draft.state().pod(pod).containers();
        for (int i = 0; i < containers.size(); i++) {
            binding.container(containers.get(i), spec.containers().get(i), images.get(i));
        }
        if (!binding.volumes.isEmpty()) {
            draft.emit(new VolumeEvent.VolumesBound(pod, binding.volumes, Collections.unmodifiableSortedMap(binding.mounts)));
        }
    }

    private static boolean isShm(PodSpec spec, VolumeSpec volume) {
        return spec.containers().stream()
                .flatMap(container -> container.mounts().stream())
                .anyMatch(mount -> mount.volume().equals(volume.name()) && mount.subPath().isEmpty() && normal(mount.path()).equals("/dev/shm"));
    }

    private void declared(VolumeSpec spec, boolean shm) {
        spec.emptyDir().ifPresent(empty -> volumes.add(new PodVolume(spec.name(), Optional.of(emptyDir(empty, shm ? "1777" : "0777")), Optional.empty(), true, false)));
        spec.hostPath().ifPresent(path -> volumes.add(new PodVolume(spec.name(), Optional.empty(), Optional.of(path), false, false)));
        spec.kept().ifPresent(kept -> {
            if (!draft.state().storage().volumes().containsKey(kept.volume())) {
                VolumeSpec.Making make = kept.make().orElseThrow();
                create(kept.volume(), make.driver(), make.options(), make.sizeLimitBytes(), Optional.empty());
            }
            volumes.add(new PodVolume(spec.name(), Optional.of(kept.volume()), Optional.empty(), false, kept.copy()));
        });
    }

    /**
     * Everybody in the pod may write there, whatever user they are: as Kubernetes has it. Where programs look for shared memory nobody may take away
     * what is another's, as it is where nothing is mounted (shm_overview(7)).
     */
    private String emptyDir(VolumeSpec.EmptyDir spec, String mode) {
        SortedMap<String, String> options = new TreeMap<>();
        if (spec.memory()) {
            options.put("type", "tmpfs");
            options.put("o", "mode=" + mode);
        } else {
            options.put("mode", mode);
        }
        return create(draft.inputs().newId(), LOCAL, options, spec.sizeLimitBytes(), Optional.of(pod));
    }

    private String create(String name, String driver, SortedMap<String, String> options, OptionalLong sizeLimitBytes, Optional<PodId> owner) {
        draft.emit(new VolumeEvent.VolumeCreated(name, driver, options, sizeLimitBytes, new TreeMap<>(), owner, List.of()));
        return name;
    }

    /** Where the manifest mounts something, the image's wish for a volume is met. */
    private void container(ContainerId id, ContainerSpec spec, StoredImage image) {
        List<MountSpec> all = new ArrayList<>(spec.mounts().stream().map(this::readOnlyIfClaimed).toList());
        for (String path : image.run().volumes().stream().map(VolumeBinding::normal).distinct().sorted().toList()) {
            if (all.stream().noneMatch(mount -> normal(mount.path()).equals(path))) {
                String name = create(draft.inputs().newId(), LOCAL, new TreeMap<>(), OptionalLong.empty(), Optional.of(pod));
                volumes.add(new PodVolume(name, Optional.of(name), Optional.empty(), true, true));
                all.add(new MountSpec(name, path, "", false, false, MountSpec.Propagation.NONE));
            }
        }
        if (!all.isEmpty()) {
            mounts.put(id, List.copyOf(all));
        }
    }

    /** What the pod only reads, no container of it writes. */
    private MountSpec readOnlyIfClaimed(MountSpec mount) {
        boolean claimed = draft.state().pod(pod).spec().volumes().stream()
                .anyMatch(volume -> volume.name().equals(mount.volume()) && volume.kept().map(VolumeSpec.Kept::readOnly).orElse(false));
        return !claimed || mount.readOnly() ? mount : new MountSpec(
                mount.volume(), mount.path(), mount.subPath(), true, mount.propagation() == MountSpec.Propagation.NONE, mount.propagation());
    }

    /** One slash at the beginning, none doubled, none at the end. */
    private static String normal(String path) {
        String single = ("/" + path).replaceAll("/+", "/");
        return single.length() > 1 && single.endsWith("/") ? single.substring(0, single.length() - 1) : single;
    }
}

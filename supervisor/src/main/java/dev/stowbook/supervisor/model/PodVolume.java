package dev.stowbook.supervisor.model;

import java.util.Optional;

/**
 * Something that a pod's containers mount, decided: either a volume of the book or a path of the host.
 *
 * @param key what the pod calls it: the name in its manifest, or the volume's own if the image wants it
 * @param volume the volume's name
 * @param hostPath the host's file or directory
 * @param owned whether the volume goes with the pod
 * @param copy whether it takes, while it is empty, what the image has where it is mounted
 */
public record PodVolume(
        String key, Optional<String> volume, Optional<VolumeSpec.HostPath> hostPath, boolean owned, boolean copy) {}

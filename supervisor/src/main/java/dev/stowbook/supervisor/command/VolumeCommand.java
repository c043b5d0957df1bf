package dev.stowbook.supervisor.command;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;

/** What users ask of volumes. */
public sealed interface VolumeCommand extends Command {

    /** Makes a volume; one that is there with the same driver and options is fine. Without a name it gets an id for one. */
    record CreateVolume(
            Optional<String> volume,
            String driver,
            SortedMap<String, String> options,
            OptionalLong sizeLimitBytes,
            SortedMap<String, String> labels)
            implements VolumeCommand {}

    /** Removes a volume that no pod uses, with all that is in it. */
    record RemoveVolume(String volume) implements VolumeCommand {}

    /** Removes every volume that no pod uses. */
    record PruneVolumes() implements VolumeCommand {}
}

package dev.stowbook.supervisor.image;

import java.time.Instant;
import java.util.List;

/**
 * What an imported root file system does not say itself.
 *
 * @param references what the image is to be called
 * @param created when it is made, as its configuration will say
 * @param command what it runs by default; may be empty
 * @param env its environment, {@code NAME=value}
 */
public record ImportOptions(List<ImageReference> references, Instant created, List<String> command, List<String> env) {
    public ImportOptions {
        references = List.copyOf(references);
        command = List.copyOf(command);
        env = List.copyOf(env);
    }

    /** A name and nothing else. */
    public static ImportOptions named(ImageReference reference, Instant created) {
        return new ImportOptions(List.of(reference), created, List.of(), List.of());
    }
}

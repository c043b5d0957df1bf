package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.BuildSpec;
import java.time.Instant;
import org.pcollections.PSortedMap;

/**
 * A build that runs.
 *
 * @param id its name
 * @param spec what is built
 * @param startedAt since when
 * @param step the number of the instruction that it is at; 0 before the first
 * @param images what its steps came to, with their numbers
 */
public record Build(BuildId id, BuildSpec spec, Instant startedAt, int step, PSortedMap<String, Integer> images) {
    Build at(int number) {
        return new Build(id, spec, startedAt, number, images);
    }

    Build using(String image, int number) {
        return new Build(id, spec, startedAt, step, images.plus(image, number));
    }
}

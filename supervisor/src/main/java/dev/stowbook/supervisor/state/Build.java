package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.BuildSpec;
import java.time.Instant;

/**
 * A build that runs.
 *
 * @param id its name
 * @param spec what is built
 * @param startedAt since when
 * @param step the number of the instruction that it is at; 0 before the first
 */
public record Build(BuildId id, BuildSpec spec, Instant startedAt, int step) {
    Build at(int number) {
        return new Build(id, spec, startedAt, number);
    }
}

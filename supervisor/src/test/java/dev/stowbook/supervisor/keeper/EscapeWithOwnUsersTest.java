package dev.stowbook.supervisor.keeper;

import dev.stowbook.supervisor.model.IdRange;
import java.util.Optional;

/** All of {@link EscapeTest} in pods with users of their own. */
class EscapeWithOwnUsersTest extends EscapeTest {
    @Override
    Optional<IdRange> users() {
        return Optional.of(OWN);
    }
}

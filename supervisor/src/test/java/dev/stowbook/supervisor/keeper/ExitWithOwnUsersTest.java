package dev.stowbook.supervisor.keeper;

import dev.stowbook.supervisor.model.IdRange;
import java.util.Optional;

/** All of {@link ExitTest} in pods with users of their own. */
class ExitWithOwnUsersTest extends ExitTest {
    @Override
    Optional<IdRange> users() {
        return Optional.of(OWN);
    }
}

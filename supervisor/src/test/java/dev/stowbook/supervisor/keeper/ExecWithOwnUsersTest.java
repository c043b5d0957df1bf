package dev.stowbook.supervisor.keeper;

import dev.stowbook.supervisor.model.IdRange;
import java.util.Optional;

/** All of {@link ExecTest} in pods with users of their own. */
class ExecWithOwnUsersTest extends ExecTest {
    @Override
    Optional<IdRange> users() {
        return Optional.of(OWN);
    }
}

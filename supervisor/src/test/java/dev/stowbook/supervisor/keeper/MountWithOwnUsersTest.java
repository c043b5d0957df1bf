package dev.stowbook.supervisor.keeper;

import dev.stowbook.supervisor.model.IdRange;
import java.util.Optional;

/** All of {@link MountTest} in pods with users of their own. */
class MountWithOwnUsersTest extends MountTest {
    @Override
    Optional<IdRange> users() {
        return Optional.of(OWN);
    }
}

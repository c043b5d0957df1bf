package dev.stowbook.supervisor.keeper;

import dev.stowbook.supervisor.model.IdRange;
import java.util.Optional;

/** All of {@link PrivilegeTest} in pods with users of their own. */
class PrivilegeWithOwnUsersTest extends PrivilegeTest {
    @Override
    Optional<IdRange> users() {
        return Optional.of(OWN);
    }
}

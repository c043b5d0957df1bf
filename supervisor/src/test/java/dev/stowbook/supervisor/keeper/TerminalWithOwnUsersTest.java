package dev.stowbook.supervisor.keeper;

import dev.stowbook.supervisor.model.IdRange;
import java.util.Optional;

/** All of {@link TerminalTest} in pods with users of their own. */
class TerminalWithOwnUsersTest extends TerminalTest {
    @Override
    Optional<IdRange> users() {
        return Optional.of(OWN);
    }
}

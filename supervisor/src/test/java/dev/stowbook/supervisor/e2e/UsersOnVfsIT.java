package dev.stowbook.supervisor.e2e;

import dev.stowbook.testkit.RequiresRoot;
import org.junit.jupiter.api.TestInstance;

/** All of {@link UsersIT} with plain directories as roots. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UsersOnVfsIT extends UsersIT {
    @Override
    String configuration() {
        return "drivers: {graph: vfs}";
    }
}

package dev.stowbook.supervisor.e2e;

import dev.stowbook.testkit.RequiresRoot;

/** The same where no user namespace stands between the container's root and the host's. */
@RequiresRoot
class DefaultContainerOfHostUsersIT extends DefaultContainerIT {
    @Override
    boolean hostUsers() {
        return true;
    }
}

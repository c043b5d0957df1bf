package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.model.ProcessIdentity;

/** Process identities of the Linux library and of the book: the same three values. */
final class Identities {
    private Identities() {}

    static ProcessIdentity model(dev.stowbook.linux.process.ProcessIdentity identity) {
        return new ProcessIdentity(identity.pid(), identity.startTicks(), identity.bootId());
    }

    static dev.stowbook.linux.process.ProcessIdentity linux(ProcessIdentity identity) {
        return new dev.stowbook.linux.process.ProcessIdentity(
                identity.pid(), identity.startTicks(), identity.bootId());
    }
}

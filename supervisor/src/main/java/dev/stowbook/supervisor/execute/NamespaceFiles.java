package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.keeper.LaunchPlan.NamespaceKind;
import dev.stowbook.supervisor.keeper.LaunchPlan.NamespaceSource;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.ProcessIdentity;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/** Which namespaces a container's first process joins, by their files. */
final class NamespaceFiles {
    private NamespaceFiles() {}

    /** @throws StartFailure naming a container that is to be joined and does not run */
    static SortedMap<NamespaceKind, NamespaceSource> of(Effect.Namespaces wanted, Path podDirectory, boolean ownUsers)
            throws StartFailure {
        SortedMap<NamespaceKind, NamespaceSource> files = new TreeMap<>(NamespaceKind.below(podDirectory, ownUsers));
        put(files, NamespaceKind.PID, wanted.spec().pid(), wanted, podDirectory);
        put(files, NamespaceKind.IPC, wanted.spec().ipc(), wanted, podDirectory);
        put(files, NamespaceKind.UTS, wanted.spec().uts(), wanted, podDirectory);
        return files;
    }

    private static void put(
            SortedMap<NamespaceKind, NamespaceSource> files,
            NamespaceKind kind,
            NamespaceSpec.Choice choice,
            Effect.Namespaces wanted,
            Path podDirectory)
            throws StartFailure {
        switch (choice.sharing()) {
            case CONTAINER -> files.remove(kind);
            case POD -> files.put(kind, NamespaceSource.file(podDirectory.resolve(kind.fileName())));
            case HOST -> files.put(kind, NamespaceSource.host(kind));
            case JOINED -> {
                ProcessIdentity target = wanted.joined().get(kind.fileName());
                if (target == null) {
                    throw new StartFailure("join", 0, 128, "its manifest joins the " + kind.fileName() + " namespace of " + choice.of()
                            + ", which does not run: start that first");
                }
                files.put(kind, NamespaceSource.of(Identities.linux(target), kind));
            }
        }
    }
}

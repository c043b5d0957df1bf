package dev.stowbook.linux.cgroup;

import dev.stowbook.linux.LinuxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedSet;

/**
 * By the v1 freezer hierarchy (freezer-subsystem.rst): freeze so that nothing forks, signal each process, thaw, since a process
 * that v1 froze dies only then; look again, because the freezer may have given up on a process that could not be stopped. Where a
 * group above is frozen, the processes die when that one thaws.
 *
 * @param files how its files are written
 */
public record FreezerProcessControl(CgroupFiles files) implements ProcessControl {
    private static final int ROUNDS = 50;

    @Override
    public boolean freeze(Path directory, Duration patience) throws LinuxException {
        Path state = directory.resolve("freezer.state");
        files.write(state, "FROZEN");
        // Reading makes the kernel look again at tasks that were on their way.
        return Patience.until(patience, () -> files.read(state).equals("FROZEN"));
    }

    @Override
    public void thaw(Path directory) throws LinuxException {
        files.write(directory.resolve("freezer.state"), "THAWED");
    }

    @Override
    public int kill(Path directory, Duration patience) throws LinuxException {
        Set<Integer> signalled = new HashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            freeze(directory, patience);
            try {
                SortedSet<Integer> present = ProcessControl.processesBelow(files, directory);
                ProcessHandles.killStillBelow(files, directory, present);
                signalled.addAll(present);
            } finally {
                thawAll(directory);
            }
            if (signalled.containsAll(ProcessControl.processesBelow(files, directory))) {
                break;
            }
        }
        return signalled.size();
    }

    /** A group below that was frozen by itself stays so when those above thaw. */
    private void thawAll(Path directory) throws LinuxException {
        for (Path group : ProcessControl.withDescendants(files, directory)) {
            thaw(group);
        }
    }
}

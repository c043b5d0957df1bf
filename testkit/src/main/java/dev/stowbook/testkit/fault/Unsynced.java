package dev.stowbook.testkit.fault;

import dev.stowbook.linux.LibC;
import dev.stowbook.linux.btrfs.Subvolumes;
import dev.stowbook.linux.file.FileCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What a loss of power could take, told from the calls that a driver makes: files and directories that were changed and not synced since. It
 * asks for no more than POSIX promises: a file's data and attributes are on the disk after fsync(2) of the file, names after fsync(2) of their
 * directory, all of it after syncfs(2). That a certain file system writes more than it has to, or in a better order, counts for nothing.
 *
 * <p>Give it to {@link Faults#shownTo}, and to one verb. One driver, one thread.
 */
public final class Unsynced implements Consumer<Faults.Call> {
    private final Path thing;
    private final SortedSet<Path> changed = new TreeSet<>();
    private final List<String> namedTooEarly = new ArrayList<>();
    private final List<String> touchedUnderItsName = new ArrayList<>();
    private final List<String> hastyRemovals = new ArrayList<>();
    private boolean named;
    private Optional<Path> nameLost = Optional.empty();

    /**
     * @param thing the path that what the driver makes or removes has when it is complete
     */
    public Unsynced(Path thing) {
        this.thing = thing;
    }

    /** What a loss of power could take now: files, and directories whose names changed. */
    public SortedSet<Path> paths() {
        return new TreeSet<>(changed);
    }

    /** What of it was not on the disk when it was given its name. */
    public List<String> namedTooEarly() {
        return List.copyOf(namedTooEarly);
    }

    /** What was changed after it had its name, or removed while it had it. */
    public List<String> touchedUnderItsName() {
        return List.copyOf(touchedUnderItsName);
    }

    /** What was removed while it was not on the disk that it has lost its name: after a loss of power half of it could have the name again. */
    public List<String> hastyRemovals() {
        return List.copyOf(hastyRemovals);
    }

    @Override
    public void accept(Faults.Call call) {
        List<Object> arguments = call.arguments();
        if (call.type() == FileCalls.class) {
            file(call.name(), arguments);
        } else if (call.type() == Subvolumes.class) {
            subvolume(call.name(), arguments);
        }
    }

    private void file(String call, List<Object> arguments) {
        switch (call) {
            case "write", "truncate" -> change(path(arguments, 0));
            case "cloneData", "copyRange" -> change(path(arguments, 1));
            case "chown", "chmod", "setTimes", "setXattr", "removeXattr" -> change(target(arguments, 0));
            case "mkdir", "mknod" -> make(named(arguments, 0));
            case "symlink" -> make(named(arguments, 1));
            case "link" -> make(named(arguments, 2));
            case "open" -> {
                if (((int) arguments.get(2) & LibC.O_CREAT) != 0) {
                    make(named(arguments, 0));
                }
            }
            case "unlink", "rmdir" -> remove(named(arguments, 0));
            case "rename" -> rename(named(arguments, 0), named(arguments, 2));
            case "fsync" -> changed.remove(path(arguments, 0));
            case "syncFileSystem" -> changed.clear();
            case "read", "seek", "status", "statusIfPresent", "readLink", "names", "xattr", "xattrNames", "nextData", "nextHole",
                    "fileSystemMagic" -> {}
            default -> throw new AssertionError("is " + call + " a change? Say so in " + Unsynced.class);
        }
    }

    private void subvolume(String call, List<Object> arguments) {
        switch (call) {
            case "create" -> make(named(arguments, 0));
            case "snapshot" -> make(named(arguments, 1));
            case "destroy" -> remove(named(arguments, 0));
            case "setReadOnly" -> change(path(arguments, 0));
            case "id", "referencedBytes", "enableQuota", "limit", "forgetQuota" -> {} // a quota is the kernel's matter
            default -> throw new AssertionError("is " + call + " a change? Say so in " + Unsynced.class);
        }
    }

    private void change(Path path) {
        changed.add(path);
        if (named && path.startsWith(thing)) {
            touchedUnderItsName.add(path + " is changed when it has its name already");
        }
    }

    private void make(Path path) {
        change(path);
        change(path.getParent());
    }

    private void remove(Path path) {
        if (path.startsWith(thing)) {
            touchedUnderItsName.add(path + " is removed when the whole has its name still");
        }
        nameLost.filter(lost -> path.startsWith(lost) && changed.contains(thing.getParent()))
                .ifPresent(lost -> hastyRemovals.add(path + " is removed when it is not on the disk that " + thing + " is no more"));
        changed.removeIf(other -> other.startsWith(path));
        changed.add(path.getParent());
    }

    private void rename(Path from, Path to) {
        List<Path> moved = changed.stream().filter(path -> path.startsWith(from)).toList();
        changed.removeAll(moved);
        moved.forEach(path -> changed.add(to.resolve(from.relativize(path))));
        changed.add(from.getParent());
        changed.add(to.getParent());
        if (to.equals(thing)) {
            moved.forEach(path -> namedTooEarly.add(path + " is not on the disk when it is named " + thing));
            named = true;
        } else if (from.equals(thing)) {
            named = false;
            nameLost = Optional.of(to);
        }
    }

    /** A descriptor, or a name below one. */
    private static Path target(List<Object> arguments, int at) {
        return arguments.size() > at + 1 && arguments.get(at + 1) instanceof String ? named(arguments, at) : path(arguments, at);
    }

    private static Path named(List<Object> arguments, int at) {
        int directory = (int) arguments.get(at);
        Path name = Path.of((String) arguments.get(at + 1));
        return (directory == LibC.AT_FDCWD ? name : path(arguments, at).resolve(name)).normalize();
    }

    private static Path path(List<Object> arguments, int at) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + arguments.get(at)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

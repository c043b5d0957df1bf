package dev.stowbook.linux.mount;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One line of {@code /proc/<pid>/mountinfo} (proc_pid_mountinfo(5)).
 *
 * @param id unique while mounted
 * @param parentId the mount it lies on; itself for the root of a namespace
 * @param device {@code major:minor} of its files
 * @param root what of its file system is mounted
 * @param target where, seen from the process's root
 * @param options of this mount: {@code rw}, {@code nosuid}, ...
 * @param optionalFields propagation: {@code shared:N}, {@code master:N}, ...
 * @param type the file system's type
 * @param source what the file system was mounted from, as mount(2) was told
 * @param superOptions of the file system: {@code lowerdir=...}, ...
 */
public record MountInfo(
        int id,
        int parentId,
        String device,
        String root,
        String target,
        List<String> options,
        List<String> optionalFields,
        String type,
        String source,
        List<String> superOptions) {
    public MountInfo {
        options = List.copyOf(options);
        optionalFields = List.copyOf(optionalFields);
        superOptions = List.copyOf(superOptions);
    }

    /** The mounts of this process's namespace, in the kernel's order: a later one covers an earlier one at the same place. */
    public static List<MountInfo> ofSelf() throws IOException {
        return read(Path.of("/proc/self/mountinfo"));
    }

    /** The mounts that a process sees. */
    public static List<MountInfo> ofProcess(long pid) throws IOException {
        return read(Path.of("/proc/" + pid + "/mountinfo"));
    }

    /** Parses a file of that form. @throws IOException if it cannot be read or has another form */
    public static List<MountInfo> read(Path file) throws IOException {
        List<MountInfo> mounts = new ArrayList<>();
        for (String line : new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n")) {
            if (!line.isEmpty()) {
                mounts.add(parse(line).orElseThrow(
                        () -> new IOException(file + " has a line of another form than proc(5) says: " + line)));
            }
        }
        return mounts;
    }

    /** Parses one line; empty if it has another form. */
    public static Optional<MountInfo> parse(String line) {
        String[] fields = line.split(" ", -1);
        int dash = Arrays.asList(fields).indexOf("-");
        if (dash < 6 || fields.length < dash + 4) {
            return Optional.empty();
        }
        try {
            return Optional.of(new MountInfo(
                    Integer.parseInt(fields[0]),
                    Integer.parseInt(fields[1]),
                    fields[2],
                    unescape(fields[3]),
                    unescape(fields[4]),
                    options(fields[5]),
                    List.of(fields).subList(6, dash),
                    unescape(fields[dash + 1]),
                    unescape(fields[dash + 2]),
                    options(fields[dash + 3])));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The value of {@code key=value} among the file system's options; the first, if there are several. */
    public Optional<String> superOption(String key) {
        return superOptions.stream()
                .filter(option -> option.startsWith(key + "="))
                .map(option -> option.substring(key.length() + 1))
                .findFirst();
    }

    private static List<String> options(String field) {
        return Arrays.stream(field.split(",")).map(MountInfo::unescape).toList();
    }

    /** Space, tab, newline, backslash and {@code #} are written as a backslash and three octal digits. */
    static String unescape(String field) {
        if (field.indexOf('\\') < 0) {
            return field;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '\\' && i + 3 < field.length() && field.substring(i + 1, i + 4).matches("[0-3][0-7]{2}")) {
                text.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }
}

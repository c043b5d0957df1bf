package dev.stowbook.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory of a process, as proc(5) tells it, in KiB. */
final class Memory {
    private Memory() {}

    static long residentKib(long pid) throws IOException {
        return field(pid, "status", "RssAnon:") + field(pid, "status", "RssFile:");
    }

    static long anonymousKib(long pid) throws IOException {
        return field(pid, "status", "RssAnon:");
    }

    static long pssKib(long pid) throws IOException {
        return field(pid, "smaps_rollup", "Pss:");
    }

    /** Resident pages of mapped files whose name contains something. */
    static long mappedKib(long pid, String name) throws IOException {
        long sum = 0;
        boolean inside = false;
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps"))) {
            if (line.matches("^[0-9a-f]+-[0-9a-f]+ .*")) {
                inside = line.contains(name);
            } else if (inside && line.startsWith("Rss:")) {
                sum += number(line);
            }
        }
        return sum;
    }

    private static long field(long pid, String file, String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/" + file))) {
            if (line.startsWith(name)) {
                return number(line);
            }
        }
        throw new IOException("/proc/" + pid + "/" + file + " has no line " + name);
    }

    private static long number(String line) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }
}

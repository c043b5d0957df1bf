package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.testkit.KernelSnapshot;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A thousand containers come and go, and nothing of them stays: not in the kernel, not in the daemon. */
@RequiresRoot
class LeakIT {
    private static final int WARM_UP = 300;
    private static final int CYCLES = 1000;
    private static final int CLIENTS = 4;
    /** What the pools may have together: those of four drivers, two of 16 threads, and Vert.x's two of 20. */
    private static final int POOLED = 4 * 20 + 2 * 16 + 2 * 20;

    /** What the daemon's process has. */
    private record Holdings(long descriptors, long threads, long anonymousKib) {
        static Holdings of(long pid) throws Exception {
            // what is garbage is not held
            Process gc = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/jcmd").toString(), Long.toString(pid), "GC.run")
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            assertEquals(0, gc.waitFor(), "jcmd");
            return new Holdings(count(pid, "fd"), ownThreads(pid), anonymous(pid));
        }

        /** Without those of the bounded pools, which grow and shrink with how calls happen to overlap: driver-NAME-1, work-1, vert.x-worker-1. */
        private static long ownThreads(long pid) throws IOException {
            long threads = 0;
            long pooled = 0;
            try (Stream<Path> all = Files.list(Path.of("/proc/" + pid + "/task"))) {
                for (Path task : all.toList()) {
                    String name = Files.readString(task.resolve("comm")).strip();
                    boolean ofPool = name.matches("(driver-.*|work|projections)-\\d*|driver-.{8}|vert\\.x-(worker|internal).*");
                    pooled += ofPool ? 1 : 0;
                    threads += ofPool ? 0 : 1;
                }
            }
            assertTrue(pooled > 0 && pooled <= POOLED, pooled + " threads of pools");
            return threads;
        }

        private static long count(long pid, String kind) throws IOException {
            try (Stream<Path> all = Files.list(Path.of("/proc/" + pid + "/" + kind))) {
                return all.count();
            }
        }

        private static long anonymous(long pid) throws IOException {
            return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                    .filter(line -> line.startsWith("RssAnon:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void c21_aThousandContainersLeaveNothingBehind(@TempDir Path directory) throws Exception {
        try (DaemonProcess daemon = DaemonProcess.start(directory)) {
            Rest rest = daemon.rest();
            daemon.importBusybox();
            cycles(rest, "warm", WARM_UP);
            String instance = rest.get("/v1/info").ok().json().get("instanceId").asText();
            // but not the sandboxes that wait for the next pods: they change
            KernelSnapshot kernel = KernelSnapshot.take(
                    KernelSnapshot.Filter.ofKernelOnly(instance, directory.resolve("root").toString(), directory.resolve("run/pods").toString()));
            assertTrue(!kernel.of(KernelSnapshot.Kind.NFTABLES).isEmpty() && !kernel.of(KernelSnapshot.Kind.CGROUP).isEmpty(), "the filter finds nothing of ours");
            List<String> links = settled(instance);
            Holdings before = Holdings.of(daemon.pid());
            cycles(rest, "cycle", CYCLES);
            KernelSnapshot.assertNothingLeft(kernel);
            for (int i = 0; i < 60 && !links.equals(links(instance)); i++) {
                Thread.sleep(1000);
            }
            assertEquals(links, links(instance), "links of the host");
            assertEquals(List.of(), filesOf(directory), "directories of containers or pods");
            assertTrue(ready(directory) <= 2 * 4, "four namespaces of each of two sandboxes that are ready, not " + ready(directory));
            Holdings after = Holdings.of(daemon.pid());
            System.out.println("before " + before + ", after " + after);
            assertTrue(after.descriptors() <= before.descriptors() + 2, before + " became " + after);
            // the JVM may make one of its own yet; a thread kept by one life in three hundred would be seen
            assertTrue(after.threads() <= before.threads() + 2, before + " became " + after);
            assertTrue(after.anonymousKib() <= before.anonymousKib() * 1.1, before + " became " + after);
        }
    }

    private static long ready(Path directory) throws IOException {
        return Files.readString(Path.of("/proc/self/mountinfo")).lines().filter(line -> line.contains(directory.resolve("run/ready").toString())).count();
    }

    /** Veths linger for a moment: the kernel takes them apart behind a grace period. */
    private static List<String> settled(String instance) throws Exception {
        List<String> before = List.of();
        List<String> now = links(instance);
        while (!now.equals(before)) {
            Thread.sleep(3000);
            before = now;
            now = links(instance);
        }
        return now;
    }

    /** Ours by their alias. */
    private static List<String> links(String instance) throws Exception {
        List<String> names = new ArrayList<>();
        try (Stream<Path> all = Files.list(Path.of("/sys/class/net"))) {
            for (Path link : all.sorted().toList()) {
                try {
                    if (Files.readString(link.resolve("ifalias")).contains(instance)) {
                        names.add(link.getFileName().toString());
                    }
                } catch (IOException e) {
                    continue; // somebody else's, gone while we looked
                }
            }
        }
        assertTrue(!names.isEmpty(), "not even a bridge is ours");
        return names;
    }

    private static List<Path> filesOf(Path directory) throws IOException {
        List<Path> left = new ArrayList<>();
        for (String part : List.of("root/containers", "run/pods", "run/keepers")) {
            if (Files.isDirectory(directory.resolve(part))) {
                try (Stream<Path> all = Files.list(directory.resolve(part))) {
                    all.forEach(left::add);
                }
            }
        }
        return left;
    }

    private static void cycles(Rest rest, String name, int count) throws Exception {
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Callable<Void>> work = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                work.add(() -> cycle(rest, name + "-" + number, number));
            }
            for (Future<Void> done : clients.invokeAll(work)) {
                done.get();
            }
        }
    }

    /** Most end by themselves; some are published, some are entered and killed, some can't start. */
    private static Void cycle(Rest rest, String name, int number) throws Exception {
        boolean entered = number % 10 == 1;
        String command = number % 10 == 2 ? "/no/such/program" : entered ? "sleep, \"1000\"" : "\"true\"";
        String ports = number % 10 == 3 ? "ports: [{containerPort: 80, hostPort: " + (20_000 + number) + "}]" : "";
        rest.postYaml("/v1/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  containers:
                    - name: main
                      image: busybox
                      command: [%s]
                      %s
                """.formatted(name, command, ports)).ok();
        if (entered) {
            rest.postJson("/v1/containers/" + name + "/exec", "{\"command\":[\"true\"]}"); // may come before it runs, and be refused
            rest.delete("/v1/pods/" + name + "?force=true&grace=0").ok();
        } else {
            rest.post("/v1/containers/" + name + "/wait").ok();
            rest.delete("/v1/pods/" + name + "?force=true").ok();
        }
        return null;
    }
}

package dev.stowbook.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a start costs: from the REST request to the executed program, to its recorded end, and to the pod's removal, with bridge network
 * and limits, against a warm daemon; and {@code crun run} of the same root file system, without network, in the same run.
 *
 * <p>Arguments: rounds (default 200), then the directory of the checkout. Needs root, crun and busybox-static.
 */
public final class StartBench {
    private static final String MANIFEST = """
            apiVersion: v1
            kind: Pod
            metadata: {name: %s}
            spec:
              restartPolicy: Never
              hostUsers: %s
              containers:
                - name: main
                  image: bench
                  command: [/bin/true]
                  resources: {limits: {memory: 64Mi, cpu: "1", stowbook.dev/pids: 64}}
            """;

    private record Life(double executed, double exited, double removed) {}

    private final BenchDaemon daemon;
    private final AtomicInteger names = new AtomicInteger();

    private StartBench(BenchDaemon daemon) {
        this.daemon = daemon;
    }

    /** Runs it and prints Markdown rows. */
    public static void main(String... args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 200;
        Path checkout = Path.of(args.length > 1 ? args[1] : ".").toAbsolutePath().normalize();
        Path directory = Files.createTempDirectory("stowbook-bench-");
        Path rootfs = BenchRootfs.create(directory.resolve("rootfs"));
        try (BenchDaemon daemon = BenchDaemon.start(checkout, directory, rootfs)) {
            new StartBench(daemon).run(rounds, directory, rootfs);
        }
        Path second = Files.createDirectories(directory.resolve("nothing-ready"));
        Files.writeString(second.resolve("config.yaml"), "sandboxes: {ready: 0}\n");
        try (BenchDaemon daemon = BenchDaemon.start(checkout, second, rootfs)) {
            StartBench bench = new StartBench(daemon);
            bench.lives(100, 2);
            bench.usersOwnAndHosts("nothing made ready", rounds);
        }
        BenchRootfs.delete(directory); // a failed run leaves its files to look at
    }

    private void run(int rounds, Path directory, Path rootfs) throws Exception {
        System.out.println("| what | min ms | p10 ms | median ms | p90 ms |");
        System.out.println("|---|---|---|---|---|");
        daemonIdle();
        lives(100, 2);
        daemon.steps();
        List<Double> peer = new ArrayList<>();
        List<Life> one = new ArrayList<>();
        try (Crun crun = Crun.prepare(directory.resolve("crun"), rootfs)) {
            for (int block = 0; block < 5; block++) { // in turn, since the machine's speed drifts
                one.addAll(lives(rounds / 5, 1));
                for (int i = 0; i < Math.max(1, rounds / 10); i++) {
                    peer.add(crun.run());
                }
            }
        }
        print("stowbook, 1 client: request to exec'd", one.stream().map(Life::executed).toList());
        print("stowbook, 1 client: request to exit recorded", one.stream().map(Life::exited).toList());
        print("stowbook, 1 client: request to removed", one.stream().map(Life::removed).toList());
        daemon.steps().forEach((type, micros) -> print(
                "  of which " + type, micros.stream().map(value -> value / 1000.0).toList()));
        print("crun run, no network: to exited and deleted", peer);
        System.out.printf(
                Locale.ROOT,
                "%nratio of medians, exec'd / crun: %.2f; removed / crun: %.2f%n%n",
                median(one.stream().map(Life::executed).toList()) / median(peer),
                median(one.stream().map(Life::removed).toList()) / median(peer));
        usersOwnAndHosts("with sandboxes ready", rounds);
        long begun = System.nanoTime();
        List<Life> four = lives(rounds * 2, 4);
        double seconds = (System.nanoTime() - begun) / 1e9;
        print("stowbook, 4 clients: request to exec'd", four.stream().map(Life::executed).toList());
        print("stowbook, 4 clients: request to removed", four.stream().map(Life::removed).toList());
        System.out.printf(Locale.ROOT, "%n4 clients: %.1f containers a second, started to removed%n", four.size() / seconds);
        keepers(20);
    }

    /** A life with users of its own, one with the host's, in turn: what the former cost more. */
    private void usersOwnAndHosts(String how, int rounds) throws Exception {
        List<Double> own = new ArrayList<>();
        List<Double> hosts = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            own.add(life(false).executed());
            hosts.add(life(true).executed());
        }
        print("own users, " + how + ": request to exec'd", own);
        print("the host's users, " + how + ": request to exec'd", hosts);
        System.out.printf(
                Locale.ROOT, "%nratio of medians, own users / the host's, %s: %.3f%n%n", how, median(own) / median(hosts));
    }

    private List<Life> lives(int count, int clients) throws Exception {
        List<Life> lives = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger left = new AtomicInteger(count);
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch done = new CountDownLatch(clients);
        for (int client = 0; client < clients; client++) {
            Thread.ofPlatform().start(() -> {
                try {
                    while (left.getAndDecrement() > 0) {
                        lives.add(life(false));
                    }
                } catch (Exception | Error e) {
                    failures.add(e);
                } finally {
                    done.countDown();
                }
            });
        }
        done.await();
        if (!failures.isEmpty()) {
            throw new IOException("a client failed", failures.getFirst());
        }
        return lives;
    }

    private Life life(boolean hostUsers) throws Exception {
        String name = "b" + names.incrementAndGet();
        long begun = System.nanoTime();
        JsonNode applied = daemon.request("POST", "/v1/pods", "application/yaml", MANIFEST.formatted(name, hostUsers));
        String id = applied.get("pods").get(0).get("id").asText();
        long executed = daemon.event(id, "ProcessStarted").get();
        long exited = daemon.event(id, "ProcessExited").get();
        daemon.request("DELETE", "/v1/pods/" + id + "?force=true&grace=0", "", "");
        long removed = System.nanoTime();
        daemon.forget(id);
        return new Life((executed - begun) / 1e6, (exited - begun) / 1e6, (removed - begun) / 1e6);
    }

    private void daemonIdle() throws IOException, InterruptedException {
        Thread.sleep(Duration.ofSeconds(2).toMillis());
        long kib = Memory.residentKib(daemon.pid()) - Memory.mappedKib(daemon.pid(), ".cq4");
        System.out.printf(Locale.ROOT, "idle daemon: %.1f MiB (RssAnon + RssFile, without the mapped book)%n%n", kib / 1024.0);
    }

    private void keepers(int count) throws Exception {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String manifest = MANIFEST.formatted("idle" + i, false).replace("[/bin/true]", "[/bin/sleep, \"1000\"]");
            ids.add(daemon.request("POST", "/v1/pods", "application/yaml", manifest)
                    .get("pods")
                    .get(0)
                    .get("id")
                    .asText());
        }
        long pss = 0;
        long anonymous = 0;
        for (String id : ids) {
            daemon.event(id, "ProcessStarted").get();
            int pid = daemon.data(id, "ProcessStarted").get("keeper").get("pid").asInt();
            pss += Memory.pssKib(pid);
            anonymous += Memory.anonymousKib(pid);
        }
        System.out.printf(
                Locale.ROOT, "keeper of an idle container: %.0f KiB Pss, %.0f KiB RssAnon%n", pss / (double) count, anonymous / (double) count);
        for (String id : ids) {
            daemon.request("DELETE", "/v1/pods/" + id + "?force=true&grace=0", "", "");
        }
    }

    private static void print(String what, List<Double> millis) {
        List<Double> sorted = millis.stream().sorted().toList();
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.1f | %.1f |%n",
                what,
                sorted.getFirst(),
                sorted.get(sorted.size() / 10),
                sorted.get(sorted.size() / 2),
                sorted.get(sorted.size() * 9 / 10));
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}

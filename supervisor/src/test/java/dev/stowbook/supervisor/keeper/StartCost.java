package dev.stowbook.supervisor.keeper;

import dev.stowbook.supervisor.model.IdRange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a start costs, step by step: {@code java ... dev.stowbook.supervisor.keeper.StartCost 200}. Spawn to Started heard, with a joined
 * sandbox, overlay, v1 groups, default masks.
 */
public final class StartCost {
    private StartCost() {}

    private static final Optional<IdRange> USERS = Optional.ofNullable(Long.getLong("users")).map(IdRange::ofPod);

    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[0]);
        if (args.length > 1) {
            together(rounds, Integer.parseInt(args[1]));
            return;
        }
        Map<String, List<Long>> steps = new TreeMap<>();
        List<Long> total = new ArrayList<>();
        List<Long> spawned = new ArrayList<>();
        List<Long> reaped = new ArrayList<>();
        List<Long> sandboxes = new ArrayList<>();
        try (Containers containers = new Containers(USERS)) {
            Path pod = Files.createDirectory(containers.directory.resolve("pod"));
            for (int i = 0; i < rounds; i++) {
                long t = System.nanoTime();
                containers.sandbox(pod, "cost");
                sandboxes.add(System.nanoTime() - t);
                Containers.Box box = containers.box("/bin/true").join(pod).root(DefaultPaths::apply);
                long before = System.nanoTime();
                Heard ears = box.start();
                long called = System.nanoTime();
                KeeperMessage.Started started = ears.started();
                long heard = System.nanoTime();
                ears.await(KeeperMessage.Exited.class);
                long exited = System.nanoTime();
                started.stepDurations().forEach((name, d) -> steps.computeIfAbsent(name, n -> new ArrayList<>()).add(d.toNanos()));
                spawned.add(called - before);
                total.add(heard - before);
                reaped.add(exited - before);
                Sandbox.remove(pod);
            }
        }
        Map<String, List<Long>> all = new LinkedHashMap<>(steps);
        all.put("= sum of steps", sums(steps, rounds));
        all.put("= run() returns", spawned);
        all.put("= spawn to Started heard", total);
        all.put("= spawn to Exited heard", reaped);
        all.put("= sandbox made", sandboxes);
        all.forEach((name, nanos) -> print(name, nanos.subList(Math.min(nanos.size() - 1, rounds / 5), nanos.size())));
    }

    /** Whole lives (sandbox, start, exit, removal) by several at once: how many a second. */
    private static void together(int rounds, int workers) throws Exception {
        try (Containers containers = new Containers(USERS);
                var pool = java.util.concurrent.Executors.newFixedThreadPool(workers)) {
            List<Containers.Box> boxes = new ArrayList<>();
            for (int i = 0; i < rounds * workers; i++) {
                Path pod = Files.createDirectory(containers.directory.resolve("pod-" + i));
                boxes.add(containers.box("/bin/true").join(pod).root(DefaultPaths::apply));
            }
            long before = System.nanoTime();
            List<java.util.concurrent.Future<?>> all = new ArrayList<>();
            for (Containers.Box box : boxes) {
                all.add(pool.submit(() -> {
                    Path pod = box.plan().join().get(LaunchPlan.NamespaceKind.NET).file().getParent();
                    containers.sandbox(pod, "cost");
                    Heard ears = new Heard();
                    containers.spawner.run(box.plan(), box.socket(), ears);
                    ears.await(KeeperMessage.Exited.class);
                    Sandbox.remove(pod);
                    return null;
                }));
            }
            for (var one : all) {
                one.get();
            }
            System.out.printf("%d workers: %.0f a second%n", workers, boxes.size() * 1e9 / (System.nanoTime() - before));
        }
    }

    private static List<Long> sums(Map<String, List<Long>> steps, int rounds) {
        List<Long> sums = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            long sum = 0;
            for (List<Long> step : steps.values()) {
                sum += step.get(i);
            }
            sums.add(sum);
        }
        return sums;
    }

    private static void print(String name, List<Long> nanos) {
        List<Long> sorted = new ArrayList<>(nanos);
        Collections.sort(sorted);
        System.out.printf(
                "%-26s p10 %6d us   median %6d us%n",
                name,
                Duration.ofNanos(sorted.get(sorted.size() / 10)).toNanos() / 1000,
                Duration.ofNanos(sorted.get(sorted.size() / 2)).toNanos() / 1000);
    }
}

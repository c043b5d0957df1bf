package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.TestNames;
import dev.stowbook.testkit.cgroup.CgroupDriverFixture;
import dev.stowbook.testkit.cgroup.Limits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Measures the start path's part of the driver, and holds it to ten times what it was when measured. */
class CreateCostTest extends CgroupDriverFixture {
    private static final int WARM_UP = 200;
    private final Map<String, List<Long>> nanos = new LinkedHashMap<>();

    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return new CgroupProvider().open(context);
    }

    private interface Step {
        void run() throws Exception;
    }

    private void time(String name, Step step) throws Exception {
        long start = System.nanoTime();
        step.run();
        nanos.computeIfAbsent(name, n -> new ArrayList<>()).add(System.nanoTime() - start);
    }

    private static DeviceRule device(int major, int minor) {
        return new DeviceRule(true, 'c', OptionalInt.of(major), OptionalInt.of(minor), "rwm");
    }

    @Test
    void c21_aThousandCyclesLeaveNothingAndStayCheap() throws Exception {
        var limits = Limits.of().shares(512).quota(100_000).memory(256 << 20).pids(100).devices(
                device(1, 3), device(1, 5), device(1, 7), device(1, 8), device(1, 9), device(5, 0), device(5, 1), device(5, 2),
                new DeviceRule(true, 'c', OptionalInt.of(136), OptionalInt.empty(), "rwm")).build();
        boolean all = "all".equals(System.getProperty("stowbook.tests"));
        int rounds = all ? 2000 : 300;
        create(pod);
        for (int i = 0; i < WARM_UP + rounds; i++) {
            if (i == WARM_UP) {
                nanos.clear();
            }
            var one = GroupId.ofContainer(pod.pod(), TestNames.id());
            time("create, no limits", () -> create(one));
            time("destroy", () -> driver.destroy(target(one)));
            time("create, 6 limits and 9 device rules", () -> driver.create(new CreateGroupRequest(one, limits, "1/create")));
            time("placement", () -> driver.placement(target(one)));
            time("watch", () -> watch(one));
            time("kill, empty", () -> driver.kill(target(one)));
            time("destroy, watched", () -> driver.destroy(target(one)));
        }
        killing(all ? 200 : 20, "v2 core");
        driver.destroy(target(pod));
        driver.close();
        var files = CgroupFiles.real();
        driver = CgroupProvider.open(context, files, CgroupHierarchies.detect(files).withoutUnified());
        create(pod);
        killing(all ? 200 : 20, "v1 freezer");
        nanos.forEach((name, values) -> {
            values.sort(null);
            System.out.printf("cgroup-v1 %-38s p10 %6d  median %6d us%n", name, values.get(values.size() / 10) / 1000,
                    values.get(values.size() / 2) / 1000);
        });
        List<Long> create = nanos.getOrDefault("create, 6 limits and 9 device rules", List.of());
        assertTrue(create.get(create.size() / 2) < 5_000_000, "median of create: " + create.get(create.size() / 2) + " ns");
    }

    private void killing(int rounds, String core) throws Exception {
        for (int i = 0; i < rounds; i++) {
            var one = GroupId.ofContainer(pod.pod(), TestNames.id());
            create(one);
            try (var process = start(one, "sleep 60 & sleep 60 & sleep 60 & sleep 60 & wait")) {
                awaitProcesses(one, 5);
                time("kill, 5 processes, " + core, () -> driver.kill(target(one)));
                time("destroy after it, " + core, () -> {
                    process.exitStatus(PATIENCE);
                    driver.destroy(target(one));
                });
            }
        }
    }
}

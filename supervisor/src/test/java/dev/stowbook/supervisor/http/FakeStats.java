package dev.stowbook.supervisor.http;

import dev.stowbook.spi.cgroup.CgroupStats;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.stats.InterfaceCounters;
import dev.stowbook.supervisor.stats.Sample;
import dev.stowbook.supervisor.stats.SampleSource;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts how often it is read; each reading has used one processor more for a second. */
final class FakeStats implements SampleSource {
    final AtomicInteger reads = new AtomicInteger();
    volatile boolean broken;
    /** If set, reads end when it does. */
    volatile CompletableFuture<Void> gate = CompletableFuture.completedFuture(null);

    @Override
    public CompletableFuture<Sample> read(Container container) {
        int number = reads.incrementAndGet();
        if (broken) {
            return CompletableFuture.failedFuture(new IllegalStateException("the driver cgroup-v1 hangs"));
        }
        return gate.thenApply(open -> sample(number));
    }

    private static Sample sample(int number) {
        OptionalLong none = OptionalLong.empty();
        return new Sample(
                Instant.EPOCH.plusSeconds(number),
                number * 1_000_000_000L,
                new CgroupStats(
                        new CgroupStats.Cpu(OptionalLong.of(number * 1_500_000_000L), OptionalLong.of(250_000_000), OptionalLong.of(125_000_000),
                                OptionalLong.of(21), OptionalLong.of(22), OptionalLong.of(500_000_000)),
                        new CgroupStats.Memory(OptionalLong.of(5000), OptionalLong.of(6000), OptionalLong.of(1), OptionalLong.of(2),
                                OptionalLong.of(1000), none, OptionalLong.of(31), OptionalLong.of(32), OptionalLong.of(3)),
                        new CgroupStats.Io(OptionalLong.of(11), OptionalLong.of(12), OptionalLong.of(13), OptionalLong.of(14)),
                        OptionalLong.of(4),
                        OptionalLong.of(41),
                        new CgroupStats.Pressure(Optional.of(new CgroupStats.Stall(2_500_000, 500_000)), Optional.empty(), Optional.empty())),
                List.of(new InterfaceCounters("eth0", 100, 1, 5, 6, 200, 2, 8, 9)));
    }
}

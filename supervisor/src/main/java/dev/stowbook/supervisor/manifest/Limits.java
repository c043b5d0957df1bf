package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.Bound;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.ResourceSpec.Pressure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** Quantities of {@code resources} and {@code stowbook.resources} to what cgroups count. */
final class Limits {
    private static final long PERIOD_MICROS = 100_000;
    private static final long LEAST_MILLICPU = 10;
    private static final long MOST_MILLICPU = 256_000;
    private static final long LEAST_BYTES = 1024 * 1024;
    private static final int LEAST_SHARES = 2;
    private static final long SHARES_A_PROCESSOR = 1024;
    private static final long DEFAULT_WINDOW_MILLIS = 2000;
    private static final SortedMap<String, Long> HUGE_PAGES = new TreeMap<>(java.util.Map.of("2Mi", 2L << 20, "1Gi", 1L << 30));

    private final Value.Fields requests;
    private final Value.Fields limits;
    private final Value.Fields more;
    private final Problems problems;

    private Limits(Value.Fields holder, Problems problems) {
        this.requests = holder.fields("resources").fields("requests");
        this.limits = holder.fields("resources").fields("limits");
        this.more = holder.fields("stowbook").fields("resources");
        this.problems = problems;
    }

    /**
     * The limits of what has {@code resources} and {@code stowbook.resources}, and what is wrong with them as problems.
     *
     * @param whole whether these are all limits there are, or a change of others, which may hold what these rest on
     */
    static ResourceSpec of(Value.Fields holder, boolean whole, Problems problems) {
        return new Limits(holder, problems).all(whole);
    }

    private ResourceSpec all(boolean whole) {
        ResourceSpec.Memory memory = memory(whole);
        return new ResourceSpec(
                cpu(whole),
                memory,
                io(),
                bound(limits.whole(ResourceTable.PIDS), limits.isMax(ResourceTable.PIDS)),
                hugePages(),
                number(more.whole("netClass")),
                more.objects("pressure").stream().map(this::pressure).toList(),
                storage());
    }

    private OptionalLong storage() {
        return Bound.numberOf(bytes(limits, ResourceTable.STORAGE, LEAST_BYTES));
    }

    private ResourceSpec.Cpu cpu(boolean whole) {
        OptionalLong request = millicpu(requests, 0);
        OptionalLong limit = millicpu(limits, LEAST_MILLICPU);
        if (request.isPresent() && limit.isPresent() && request.getAsLong() > limit.getAsLong()) {
            problems.add(requests.placeOf("cpu"), requests.pathOf("cpu"), "asks for more than limits.cpu allows: make it at most that.");
        }
        OptionalLong weight = request.isPresent() || !whole ? request : limit;
        Value.Fields cpu = more.fields("cpu");
        if ((limit.isPresent() || limits.isMax("cpu")) && cpu.values().containsKey("quotaMicros")) {
            problems.add(cpu.placeOf("quotaMicros"), cpu.pathOf("quotaMicros"), "limits.cpu says the same: take one of them out.");
        }
        OptionalLong period = number(cpu.whole("periodMicros"));
        Optional<Bound> quota = limit.isPresent()
                ? Optional.of(Bound.of(quotaMicros(limit.getAsLong(), period.orElse(PERIOD_MICROS))))
                : bound(cpu.whole("quotaMicros"), cpu.isMax("quotaMicros") || limits.isMax("cpu"));
        OptionalLong burst = number(cpu.whole("burstMicros"));
        if (burst.isPresent() && quota.flatMap(q -> q.number().isPresent() ? Optional.of(q.number().getAsLong()) : Optional.empty())
                .map(q -> burst.getAsLong() > q).orElse(false)) {
            problems.add(cpu.placeOf("burstMicros"), cpu.pathOf("burstMicros"), "is more than the quota, " + quota.get().text() + ": make it at most that.");
        }
        OptionalInt shares = weight.isPresent() ? OptionalInt.of(shares(weight.getAsLong())) : OptionalInt.empty();
        return new ResourceSpec.Cpu(
                cpu.whole("shares").map(s -> OptionalInt.of(s.intValue())).orElse(shares),
                period.isEmpty() && limit.isPresent() ? OptionalLong.of(PERIOD_MICROS) : period,
                quota, burst, limits.text(ResourceTable.CPUSET), cpu.text("mems"));
    }

    private ResourceSpec.Memory memory(boolean whole) {
        Optional<Bound> limit = bytes(limits, "memory", LEAST_BYTES);
        Optional<Bound> both = bytes(limits, ResourceTable.MEMORY_AND_SWAP, LEAST_BYTES);
        swap(limit, both, whole);
        Value.Fields memory = more.fields("memory");
        OptionalLong reservation = atMost(memory, "reservation", limit);
        OptionalLong min = atMost(memory, "min", limit);
        return new ResourceSpec.Memory(
                limit, both, reservation, min, bytes(memory, "high", LEAST_BYTES),
                memory.whole("swappiness").map(s -> OptionalInt.of(s.intValue())).orElse(OptionalInt.empty()), memory.truth("oomGroup"));
    }

    private OptionalLong atMost(Value.Fields memory, String name, Optional<Bound> limit) {
        Optional<Bound> bytes = bytes(memory, name, 0);
        if (bytes.isPresent() && limit.isPresent() && bytes.get().compareTo(limit.get()) > 0) {
            problems.add(memory.placeOf(name), memory.pathOf(name), "is more than limits.memory: make it at most that.");
        }
        return bytes.map(Bound::number).orElse(OptionalLong.empty());
    }

    private ResourceSpec.Io io() {
        Value.Fields io = more.fields("io");
        List<ResourceSpec.IoLimit> devices = new ArrayList<>();
        for (Value.Fields device : io.objects("devices")) {
            String name = device.text("device").orElse("");
            if (devices.stream().anyMatch(other -> other.device().equals(name))) {
                problems.add(device.placeOf("device"), device.pathOf("device"), "is limited above already: put all its rates there.");
            }
            devices.add(new ResourceSpec.IoLimit(
                    name, bytes(device, "readBytesPerSecond", 1), bytes(device, "writeBytesPerSecond", 1),
                    bound(device.whole("readsPerSecond"), device.isMax("readsPerSecond")),
                    bound(device.whole("writesPerSecond"), device.isMax("writesPerSecond"))));
        }
        return new ResourceSpec.Io(io.whole("weight").map(w -> OptionalInt.of(w.intValue())).orElse(OptionalInt.empty()), devices);
    }

    private SortedMap<Long, Bound> hugePages() {
        SortedMap<Long, Bound> pages = new TreeMap<>();
        HUGE_PAGES.forEach((name, size) ->
                bytes(limits, ResourceTable.HUGE_PAGES + name, 0).ifPresent(bound -> pages.put(size, bound)));
        return pages;
    }

    private Pressure pressure(Value.Fields trigger) {
        long stall = trigger.whole("stallMillis").orElse(1L);
        long window = trigger.whole("windowMillis").orElse(DEFAULT_WINDOW_MILLIS);
        if (stall > window) {
            problems.add(trigger.placeOf("stallMillis"), trigger.pathOf("stallMillis"), "is longer than its window, " + window + " ms: make it at most that.");
        }
        return new Pressure(
                Pressure.Resource.valueOf(trigger.text("resource").orElse("cpu").toUpperCase(Locale.ROOT)),
                Pressure.Kind.valueOf(trigger.text("kind").orElse("some").toUpperCase(Locale.ROOT)),
                stall,
                window);
    }

    /** Source: Kubernetes "Resource Management for Pods and Containers": 1024 shares a processor, at least the kernel's least, 2. */
    static int shares(long millicpu) {
        return (int) Math.max(LEAST_SHARES, millicpu * SHARES_A_PROCESSOR / 1000);
    }

    /** Source: cgroup-v1 {@code cpu.cfs_quota_us}: processor time in a period. */
    static long quotaMicros(long millicpu, long periodMicros) {
        return millicpu * periodMicros / 1000;
    }

    private static OptionalLong number(Optional<Long> number) {
        return number.isPresent() ? OptionalLong.of(number.get()) : OptionalLong.empty();
    }

    private static Optional<Bound> bound(Optional<Long> number, boolean max) {
        return max ? Optional.of(Bound.UNLIMITED) : number.map(Bound::of);
    }

    private OptionalLong millicpu(Value.Fields amounts, long least) {
        Optional<Value.Amount> amount = amounts.amount("cpu");
        if (amount.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            long millicpu = amount.get().quantity().thousandths("processor");
            if (millicpu < least || millicpu > MOST_MILLICPU) {
                throw new ArithmeticException(millicpu < least
                        ? "is less than 10m, the least the kernel can enforce"
                        : "is more than 256 processors");
            }
            return OptionalLong.of(millicpu);
        } catch (ArithmeticException e) {
            problems.add(amount.get().place(), amount.get().path(), e.getMessage() + ": write processors, such as 2, 0.5 or 100m.");
            return OptionalLong.empty();
        }
    }

    private Optional<Bound> bytes(Value.Fields amounts, String name, long least) {
        if (amounts.isMax(name)) {
            return Optional.of(Bound.UNLIMITED);
        }
        Optional<Value.Amount> amount = amounts.amount(name);
        if (amount.isEmpty()) {
            return Optional.empty();
        }
        try {
            long bytes = amount.get().quantity().wholeNumber("byte");
            if (bytes < least) {
                throw new ArithmeticException(least < LEAST_BYTES
                        ? "is less than " + least
                        : "is less than 1Mi, " + (name.equals(ResourceTable.STORAGE) ? "the least that is counted" : "in which no program starts"));
            }
            return Optional.of(Bound.of(bytes));
        } catch (ArithmeticException e) {
            problems.add(amount.get().place(), amount.get().path(), e.getMessage() + ": write bytes, such as 64Mi or 1Gi.");
            return Optional.empty();
        }
    }

    private void swap(Optional<Bound> memory, Optional<Bound> both, boolean whole) {
        if (both.isEmpty()) {
            return;
        }
        Place place = limits.placeOf(ResourceTable.MEMORY_AND_SWAP);
        String path = limits.pathOf(ResourceTable.MEMORY_AND_SWAP);
        if (whole && !limits.values().containsKey("memory")) {
            problems.add(place, path, "limits memory and swap together, but limits.memory is missing: add it.");
        } else if (memory.isPresent() && both.get().compareTo(memory.get()) < 0) {
            problems.add(place, path, "is less than limits.memory: it counts memory and swap together, so make it at least that.");
        }
    }
}

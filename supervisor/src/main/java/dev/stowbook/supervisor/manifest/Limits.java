package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.ResourceSpec;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Quantities of {@code resources} to what cgroups count. */
final class Limits {
    private static final long PERIOD_MICROS = 100_000;
    private static final long LEAST_MILLICPU = 10;
    private static final long MOST_MILLICPU = 256_000;
    private static final long LEAST_BYTES = 1024 * 1024;
    private static final int LEAST_SHARES = 2;
    private static final long SHARES_A_PROCESSOR = 1024;

    private Limits() {}

    /** The limits, and what is wrong with them as problems. */
    static ResourceSpec of(Value.Fields resources, Problems problems) {
        Value.Fields limits = resources.fields("limits");
        OptionalLong request = millicpu(resources.fields("requests"), 0, problems);
        OptionalLong cpu = millicpu(limits, LEAST_MILLICPU, problems);
        if (request.isPresent() && cpu.isPresent() && request.getAsLong() > cpu.getAsLong()) {
            Value.Fields requests = resources.fields("requests");
            problems.add(requests.placeOf("cpu"), requests.pathOf("cpu"), "asks for more than limits.cpu allows: make it at most that.");
        }
        OptionalLong memory = bytes(limits, "memory", "in which no program starts", problems);
        OptionalLong both = bytes(limits, PodTable.MEMORY_AND_SWAP, "in which no program starts", problems);
        swap(limits, memory, both, problems);
        OptionalLong weight = request.isPresent() ? request : cpu;
        return new ResourceSpec(
                weight.isPresent() ? OptionalInt.of(shares(weight.getAsLong())) : OptionalInt.empty(),
                cpu.isPresent() ? OptionalLong.of(PERIOD_MICROS) : OptionalLong.empty(),
                cpu.isPresent() ? OptionalLong.of(quotaMicros(cpu.getAsLong())) : OptionalLong.empty(),
                limits.text(PodTable.CPUSET),
                memory,
                both,
                limits.whole(PodTable.PIDS).map(OptionalLong::of).orElse(OptionalLong.empty()),
                bytes(limits, PodTable.STORAGE, "the least that is counted", problems));
    }

    /** Source: Kubernetes "Resource Management for Pods and Containers": 1024 shares a processor, at least the kernel's least, 2. */
    static int shares(long millicpu) {
        return (int) Math.max(LEAST_SHARES, millicpu * SHARES_A_PROCESSOR / 1000);
    }

    /** Source: cgroup-v1 {@code cpu.cfs_quota_us}: processor time in a period of 100 ms. */
    static long quotaMicros(long millicpu) {
        return millicpu * PERIOD_MICROS / 1000;
    }

    private static OptionalLong millicpu(Value.Fields amounts, long least, Problems problems) {
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

    private static OptionalLong bytes(Value.Fields limits, String name, String why, Problems problems) {
        Optional<Value.Amount> amount = limits.amount(name);
        if (amount.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            long bytes = amount.get().quantity().wholeNumber("byte");
            if (bytes < LEAST_BYTES) {
                throw new ArithmeticException("is less than 1Mi, " + why);
            }
            return OptionalLong.of(bytes);
        } catch (ArithmeticException e) {
            problems.add(amount.get().place(), amount.get().path(), e.getMessage() + ": write bytes, such as 64Mi or 1Gi.");
            return OptionalLong.empty();
        }
    }

    private static void swap(Value.Fields limits, OptionalLong memory, OptionalLong both, Problems problems) {
        if (both.isEmpty()) {
            return;
        }
        Place place = limits.placeOf(PodTable.MEMORY_AND_SWAP);
        String path = limits.pathOf(PodTable.MEMORY_AND_SWAP);
        if (!limits.values().containsKey("memory")) {
            problems.add(place, path, "limits memory and swap together, but limits.memory is missing: add it.");
        } else if (memory.isPresent() && both.getAsLong() < memory.getAsLong()) {
            problems.add(place, path, "is less than limits.memory: it counts memory and swap together, so make it at least that.");
        }
    }
}

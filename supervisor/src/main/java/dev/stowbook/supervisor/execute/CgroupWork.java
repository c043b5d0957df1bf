package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.cgroup.AppliedLimits;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CgroupStats;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.GroupTarget;
import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.spi.cgroup.WatchRequest;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.DeviceSpec;
import dev.stowbook.supervisor.model.PodId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** What cgroup drivers are asked. */
final class CgroupWork {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final GuardedDriver<CgroupDriver> cgroup;
    private final List<DeviceRule> devices;
    private final Outcomes outcomes;

    /** Where each container's group is, from when it was made, so that a start that follows need not ask again. */
    private final Map<String, Placement> placements = new ConcurrentHashMap<>();

    CgroupWork(GuardedDriver<CgroupDriver> cgroup, List<DeviceRule> devices, Outcomes outcomes) {
        this.cgroup = cgroup;
        this.devices = List.copyOf(devices);
        this.outcomes = outcomes;
    }

    /** Makes a group; a container's also says which devices may be used. Watched only where a limit can be hit. */
    void create(Effect.CreateGroup effect, Outcomes.Origin origin) {
        GroupId group = group(effect.pod(), effect.container());
        CgroupLimits limits;
        try {
            limits = effect.container().isPresent() ? withDevices(effect.limits(), effect.devices()) : effect.limits();
        } catch (StartFailure e) {
            outcomes.step(
                    effect.step(), effect.pod(), cgroup.name(), origin, CompletableFuture.<AppliedLimits>failedFuture(e),
                    applied -> micros -> new StepEvent.CgroupCreated(
                            effect.step(), effect.pod(), effect.container(), applied.written(), micros));
            return;
        }
        String operation = effect.step().toString();
        CompletableFuture<AppliedLimits> work = cgroup.call("create", group.path(), DEADLINE, driver -> {
            AppliedLimits applied = driver.create(new CreateGroupRequest(group, limits, operation));
            if (limits.memory().hasLimit() || limits.pids().isPresent()) {
                driver.watch(new WatchRequest(group, List.of(), operation));
            }
            if (effect.container().isPresent()) {
                placements.put(group.path(), driver.placement(new GroupTarget(group, operation)));
            }
            return applied;
        });
        outcomes.step(
                effect.step(),
                effect.pod(),
                cgroup.name(),
                origin,
                work,
                applied -> micros -> new StepEvent.CgroupCreated(
                        effect.step(), effect.pod(), effect.container(), applied.written(), micros));
    }

    private CgroupLimits withDevices(CgroupLimits limits, List<DeviceSpec> more) throws StartFailure {
        List<DeviceRule> rules = new ArrayList<>(devices);
        rules.addAll(Devices.rules(more));
        return limits.withDevices(rules);
    }

    CompletableFuture<Placement> placement(PodId pod, ContainerId container, String operation) {
        GroupId group = GroupId.ofContainer(pod.value(), container.value());
        Placement known = placements.get(group.path());
        return known != null
                ? CompletableFuture.completedFuture(known)
                : cgroup.call("placement", group.path(), DEADLINE, driver -> driver.placement(new GroupTarget(group, operation)));
    }

    /** A daemon that begins anew watches again what has limits. */
    CompletableFuture<Void> watch(PodId pod, ContainerId container) {
        GroupId group = GroupId.ofContainer(pod.value(), container.value());
        return cgroup.run("watch", group.path(), DEADLINE, driver -> driver.watch(new WatchRequest(group, List.of(), "recover")));
    }

    /** Ends whatever a start that nobody remembers may have left in a container's group. */
    CompletableFuture<Void> empty(PodId pod, ContainerId container, String operation) {
        GroupTarget target = target(pod, container, operation);
        return cgroup.run("kill", target.group().path(), DEADLINE, driver -> {
            if (anythingRuns(driver, target)) {
                driver.kill(target);
            }
        });
    }

    /** How many processes the kernel has killed for the container's memory limit. */
    CompletableFuture<Long> oomKills(PodId pod, ContainerId container) {
        GroupId group = GroupId.ofContainer(pod.value(), container.value());
        return cgroup.call(
                "stats", group.path(), DEADLINE, driver -> driver.stats(new GroupTarget(group, "oom")).memory().oomKills().orElse(0));
    }

    /** A group's counters. */
    CompletableFuture<CgroupStats> stats(GroupTarget target, Duration deadline) {
        return cgroup.call("stats", target.group().path(), deadline, driver -> driver.stats(target));
    }

    void freeze(Effect.Freeze effect, Outcomes.Origin origin) {
        GroupTarget target = target(effect.pod(), effect.container(), effect.step().toString());
        outcomes.step(
                effect.step(),
                effect.pod(),
                cgroup.name(),
                origin,
                cgroup.run("freeze", target.group().path(), DEADLINE, driver -> driver.freeze(target)),
                nothing -> micros ->
                        new StepEvent.ProcessesFrozen(effect.step(), effect.pod(), effect.container(), micros));
    }

    void thaw(Effect.Thaw effect, Outcomes.Origin origin) {
        GroupTarget target = target(effect.pod(), effect.container(), effect.step().toString());
        outcomes.step(
                effect.step(),
                effect.pod(),
                cgroup.name(),
                origin,
                cgroup.run("thaw", target.group().path(), DEADLINE, driver -> driver.thaw(target)),
                nothing -> micros ->
                        new StepEvent.ProcessesThawed(effect.step(), effect.pod(), effect.container(), micros));
    }

    void kill(Effect.Kill effect, Outcomes.Origin origin) {
        GroupTarget target = target(effect.pod(), effect.container(), effect.step().toString());
        CompletableFuture<Integer> work =
                cgroup.call("kill", target.group().path(), DEADLINE, driver -> driver.kill(target));
        outcomes.step(
                effect.step(),
                effect.pod(),
                cgroup.name(),
                origin,
                work,
                seen -> micros -> new StepEvent.ProcessesKilled(
                        effect.step(), effect.pod(), effect.container(), seen, micros));
    }

    /** Whatever an exec or a lost keeper left in it is killed first. */
    void destroy(Effect.DestroyGroup effect, Outcomes.Origin origin) {
        GroupId group = group(effect.pod(), effect.container());
        GroupTarget target = new GroupTarget(group, effect.step().toString());
        placements.remove(group.path());
        CompletableFuture<Void> work = cgroup.run("destroy", group.path(), DEADLINE, driver -> {
            if (effect.container().isPresent() && anythingRuns(driver, target)) {
                driver.kill(target);
            }
            driver.destroy(target);
        });
        outcomes.step(
                effect.step(),
                effect.pod(),
                cgroup.name(),
                origin,
                work,
                nothing -> micros ->
                        new StepEvent.CgroupDestroyed(effect.step(), effect.pod(), effect.container(), micros));
    }

    private static boolean anythingRuns(CgroupDriver driver, GroupTarget target) throws DriverException {
        try {
            return !driver.processes(target).isEmpty();
        } catch (DriverException e) {
            if (e.code() == DriverErrorCode.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    CompletableFuture<Void> removeOrphan(GroupId group) {
        GroupTarget target = new GroupTarget(group, "orphan");
        return cgroup.run("destroy", group.path(), DEADLINE, driver -> {
            driver.kill(target);
            driver.destroy(target);
        });
    }

    private static GroupTarget target(PodId pod, ContainerId container, String operation) {
        return new GroupTarget(GroupId.ofContainer(pod.value(), container.value()), operation);
    }

    private static GroupId group(PodId pod, Optional<ContainerId> container) {
        return new GroupId(pod.value(), container.map(ContainerId::value));
    }
}

package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.cgroup.AppliedLimits;
import dev.stowbook.spi.cgroup.CgroupCapability;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CgroupStats;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.GroupTarget;
import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.spi.cgroup.UpdateGroupRequest;
import dev.stowbook.spi.cgroup.WatchRequest;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.effect.Effect;
import dev.stowbook.supervisor.event.StepEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.DeviceSpec;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.ResourceSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** What cgroup drivers are asked. */
final class CgroupWork {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final GuardedDriver<CgroupDriver> cgroup;
    private final List<DeviceRule> devices;
    private final Outcomes outcomes;

    /** Where each container's group is, from when it was made, so that a start that follows need not ask again. */
    private final Map<String, Placement> placements = new ConcurrentHashMap<>();

    /** Groups whose memory is limited. */
    private final Set<String> memoryLimited = ConcurrentHashMap.newKeySet();

    CgroupWork(GuardedDriver<CgroupDriver> cgroup, List<DeviceRule> devices, Outcomes outcomes) {
        this.cgroup = cgroup;
        this.devices = List.copyOf(devices);
        this.outcomes = outcomes;
    }

    /** Makes a group; a container's also says which devices may be used. Watched only where there may be something to tell. */
    void create(Effect.CreateGroup effect, Outcomes.Origin origin) {
        GroupId group = group(effect.pod(), effect.container());
        String operation = effect.step().toString();
        remember(group, effect.limits());
        List<DeviceRule> rules;
        try {
            rules = effect.container().isPresent() ? rules(effect.devices()) : List.of();
        } catch (StartFailure e) {
            created(effect, origin, CompletableFuture.failedFuture(e));
            return;
        }
        created(effect, origin, cgroup.call("create", group.path(), DEADLINE, driver -> {
            CgroupLimits limits = GroupLimits.of(effect.limits()).withDevices(rules);
            AppliedLimits applied = driver.create(new CreateGroupRequest(group, limits, operation));
            if (effect.limits().watched()) {
                driver.watch(watchOf(group, effect.limits(), operation));
            }
            if (effect.container().isPresent()) {
                placements.put(group.path(), driver.placement(new GroupTarget(group, operation)));
            }
            return applied;
        }));
    }

    private void created(Effect.CreateGroup effect, Outcomes.Origin origin, CompletableFuture<AppliedLimits> work) {
        outcomes.step(
                effect.step(),
                effect.pod(),
                cgroup.name(),
                origin,
                work,
                applied -> micros -> new StepEvent.CgroupCreated(
                        effect.step(), effect.pod(), effect.container(), applied.written(), applied.clamped(), micros));
    }

    /** Gives a group other limits, and watches it for what they can lead to. Where its processes belong may change by it. */
    void update(Effect.UpdateGroup effect, Outcomes.Origin origin) {
        GroupId group = group(effect.pod(), effect.container());
        String operation = effect.step().toString();
        ResourceSpec limits =
                GroupLimits.withDefaults(effect.limits(), cgroup.capabilities().contains(CgroupCapability.SWAP));
        CompletableFuture<AppliedLimits> work = cgroup.call("update", group.path(), DEADLINE, driver -> {
            AppliedLimits applied = driver.update(new UpdateGroupRequest(group, GroupLimits.of(limits), operation));
            driver.watch(watchOf(group, limits, operation));
            remember(group, limits);
            if (effect.container().isPresent()) {
                placements.put(group.path(), driver.placement(new GroupTarget(group, operation)));
            } else {
                placements.keySet().removeIf(path -> path.startsWith(group.path() + "/"));
            }
            return applied;
        });
        outcomes.step(
                effect.step(),
                effect.pod(),
                cgroup.name(),
                origin,
                work,
                applied -> micros -> new StepEvent.CgroupUpdated(
                        effect.step(), effect.pod(), effect.container(), applied.written(), applied.clamped(), micros));
    }

    private static WatchRequest watchOf(GroupId group, ResourceSpec limits, String operation) {
        return new WatchRequest(group, GroupLimits.triggers(limits), operation);
    }

    private void remember(GroupId group, ResourceSpec limits) {
        if (limits.memory().limitBytes().flatMap(bound -> Optional.of(bound.number().isPresent())).orElse(false)) {
            memoryLimited.add(group.path());
        } else {
            memoryLimited.remove(group.path());
        }
    }

    /** Whose memory limit a process of a container may have met: the container's own, else its pod's; empty if there is none. */
    Optional<GroupId> memoryLimited(PodId pod, ContainerId container) {
        GroupId own = GroupId.ofContainer(pod.value(), container.value());
        return Stream.of(own, GroupId.ofPod(pod.value())).filter(group -> memoryLimited.contains(group.path())).findFirst();
    }

    private List<DeviceRule> rules(List<DeviceSpec> more) throws StartFailure {
        List<DeviceRule> rules = new ArrayList<>(devices);
        rules.addAll(Devices.rules(more));
        return rules;
    }

    CompletableFuture<Placement> placement(PodId pod, ContainerId container, String operation) {
        GroupId group = GroupId.ofContainer(pod.value(), container.value());
        Placement known = placements.get(group.path());
        return known != null
                ? CompletableFuture.completedFuture(known)
                : cgroup.call("placement", group.path(), DEADLINE, driver -> driver.placement(new GroupTarget(group, operation)));
    }

    /** A daemon that begins anew watches again what has limits. */
    CompletableFuture<Void> watch(PodId pod, Optional<ContainerId> container, ResourceSpec limits) {
        GroupId group = group(pod, container);
        remember(group, limits);
        return cgroup.run("watch", group.path(), DEADLINE, driver -> driver.watch(watchOf(group, limits, "recover")));
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

    /** How many processes the kernel has killed for memory in a group and those below it. */
    CompletableFuture<Long> oomKills(GroupId group) {
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
        memoryLimited.remove(group.path());
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

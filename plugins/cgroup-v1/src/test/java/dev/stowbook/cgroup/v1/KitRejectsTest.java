package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.cgroup.CgroupCapability;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.GroupTarget;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.cgroup.CgroupDriverContract;
import dev.stowbook.testkit.fault.Misbehaving;
import dev.stowbook.testkit.fault.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kit is worth what it refuses: drivers with one fault each, each of which some test must see. */
@RequiresRoot
class KitRejectsTest {
    private static final List<CgroupDriver> HONEST = new ArrayList<>();
    private static Fault fault = Fault.INSPECT_ALWAYS_SAYS_PRESENT;

    /** What a driver may get wrong. */
    enum Fault {
        INSPECT_ALWAYS_SAYS_PRESENT("c21_theDirectoryIsNamedByTheContainerAndGoesWithIt", d -> d.verb("inspect", (honest, real, arguments) -> new Inspection(Presence.PRESENT, ""))),
        LIMITS_ARE_NOT_WRITTEN("eachLimitIsWrittenAndReadBackOrRefusedBeforeAnythingIsMade", d -> d.verb("create", (honest, real, arguments) -> {
            var request = (CreateGroupRequest) arguments[0];
            return honest.create(new CreateGroupRequest(request.group(), CgroupLimits.none(), request.operationId()));
        })),
        A_SECOND_CREATE_FAILS("eachVerbTwiceIsAsGoodAsOnce", d -> d.verb("create", (honest, real, arguments) -> {
            var request = (CreateGroupRequest) arguments[0];
            if (honest.inspect(new GroupTarget(request.group(), "1/look")).presence() == Presence.PRESENT) {
                throw new DriverException(DriverErrorCode.IO, 17, "create", request.group().path(), "it is there already");
            }
            return real.call();
        })),
        UPDATE_DOES_NOTHING("aLimitIsLiftedOnlyIfUnlimitedIsSaid", d -> d.verb("update", (honest, real, arguments) -> new dev.stowbook.spi.cgroup.AppliedLimits(new java.util.TreeMap<>(), List.of()))),
        FREEZE_DOES_NOTHING("c2_c13_aFrozenProcessUsesNoTimeUntilItIsThawed", d -> d.lazy("freeze")),
        THAW_DOES_NOTHING("c2_c13_aFrozenProcessUsesNoTimeUntilItIsThawed", d -> d.lazy("thaw")),
        KILL_KILLS_NOBODY("killingAPodEndsItsContainers", d -> d.verb("kill", (honest, real, arguments) -> 0)),
        DESTROY_DOES_NOTHING("c21_theDirectoryIsNamedByTheContainerAndGoesWithIt", d -> d.lazy("destroy")),
        LIST_IS_EMPTY("aFreshInstanceFindsEverything", d -> d.verb("list", (honest, real, arguments) -> List.<GroupId>of())),
        PROCESSES_ARE_NOT_SEEN("c22_theKernelsListOfTasksIsWhatTheDriverAnswers", d -> d.verb("processes", (honest, real, arguments) -> List.<Integer>of())),
        A_FAILURE_HAS_NO_TYPE("failuresAreTyped", d -> d.verb("stats", (honest, real, arguments) -> {
            try {
                return real.call();
            } catch (DriverException e) {
                throw new IllegalStateException(e);
            }
        })),
        NOTHING_IS_WATCHED("aTriggerThatNoKernelTakesIsRefused", d -> d.lazy("watch"));

        private final String test;
        private final Consumer<Misbehaving<CgroupDriver>> make;

        /** @param test the test of the contract that must see it */
        Fault(String test, Consumer<Misbehaving<CgroupDriver>> make) {
            this.test = test;
            this.make = make;
        }
    }

    /** The contract of the faulty driver; not found by itself, since its name is not that of a test. */
    static class Faulty extends CgroupDriverContract {
        @Override
        protected CgroupDriver open(RecordingDriverContext context) throws Exception {
            CgroupDriver honest = new CgroupProvider().open(context);
            HONEST.add(honest);
            var driver = new Misbehaving<>(CgroupDriver.class, honest);
            fault.make.accept(driver);
            return driver.driver();
        }

        /** What these drivers leave undone does not come later. */
        @Override
        protected Duration patience() {
            return Duration.ofMillis(500);
        }

        @Override
        protected Set<CgroupCapability> unsupported() {
            return EnumSet.complementOf(EnumSet.copyOf(new CgroupProvider().capabilities()));
        }
    }

    @AfterEach
    void removeWhatFaultyDriversLeft() throws Exception {
        for (CgroupDriver driver : HONEST) {
            for (GroupId group : driver.list().reversed()) {
                var target = new GroupTarget(group, "1/clean");
                if (driver.inspect(target).presence() == Presence.PRESENT) {
                    driver.thaw(target);
                }
                driver.kill(target);
                driver.destroy(target);
            }
            driver.close();
        }
        HONEST.clear();
    }

    @ParameterizedTest
    @EnumSource
    void aDriverWithAFaultIsRefused(Fault broken) {
        fault = broken;
        Verdict verdict = Verdict.of(Faulty.class, broken.test);
        assertTrue(verdict.rejected(), broken + ": " + verdict);
    }
}

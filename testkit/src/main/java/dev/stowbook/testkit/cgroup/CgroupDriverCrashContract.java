package dev.stowbook.testkit.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.UpdateGroupRequest;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.fault.Faults;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Kills a cgroup driver before each of its calls of the kernel in turn, and lets each of them fail. Whenever that is, a new instance tells
 * the truth, the verb called again completes it, and destroying leaves nothing; a failure is a typed one.
 */
public abstract class CgroupDriverCrashContract extends CgroupDriverFixture {
    private static final int MOST_CALLS = 2000;

    /** For JUnit. */
    protected CgroupDriverCrashContract() {}

    /** Opens a new instance whose calls go through the files given; it may not read the kernel in another way. */
    protected abstract CgroupDriver open(RecordingDriverContext context, CgroupFiles files) throws Exception;

    @Override
    protected final CgroupDriver open(RecordingDriverContext context) throws Exception {
        return open(context, CgroupFiles.real());
    }

    /** Limits that the host has controllers for: more of them are more calls. */
    protected Limits limits() {
        return Limits.of();
    }

    private interface Verb {
        void run(CgroupDriver driver) throws Exception;
    }

    private CreateGroupRequest creation() {
        return new CreateGroupRequest(container, limits().build(), "1/create");
    }

    @Test
    void createMayBeCutOffAnywhere() throws Exception {
        everywhere(() -> {}, cut -> cut.create(creation()), () -> {
            assertNotEquals(Presence.FOREIGN, driver.inspect(target(container)).presence());
            driver.create(creation());
            assertEquals(Presence.PRESENT, driver.inspect(target(container)).presence());
            try (var process = start(container, "sleep 60")) {
                awaitProcesses(container, 1);
                driver.kill(target(container));
            }
            awaitProcesses(container, 0);
        });
    }

    @Test
    void updateMayBeCutOffAnywhere() throws Exception {
        UpdateGroupRequest update = new UpdateGroupRequest(container, limits().build(), "1/update");
        everywhere(() -> driver.create(creation()), cut -> cut.update(update), () -> {
            assertEquals(Presence.PRESENT, driver.inspect(target(container)).presence());
            driver.update(update);
        });
    }

    @Test
    void freezeAndThawMayBeCutOffAnywhere() throws Exception {
        everywhere(() -> driver.create(creation()), cut -> {
            cut.freeze(target(container));
            cut.thaw(target(container));
        }, () -> {
            driver.thaw(target(container));
            try (var process = start(container, "exit 7")) {
                assertEquals(7, process.exitStatus(PATIENCE), "the group still stands still");
            }
        });
    }

    @Test
    void killMayBeCutOffAnywhere() throws Exception {
        everywhere(() -> driver.create(creation()), cut -> {
            try (var process = start(container, "sleep 60")) {
                cut.kill(target(container));
            }
        }, () -> {
            driver.kill(target(container));
            awaitProcesses(container, 0);
        });
    }

    @Test
    void destroyMayBeCutOffAnywhere() throws Exception {
        everywhere(() -> driver.create(creation()), cut -> cut.destroy(target(container)), () ->
                assertNotEquals(Presence.FOREIGN, driver.inspect(target(container)).presence()));
    }

    private interface Step {
        void run() throws Exception;
    }

    /** Killed before each call, and each call failing for the usual reasons. */
    private void everywhere(Step before, Verb verb, Step check) throws Exception {
        int calls = 0;
        for (int errno : List.of(0, Errno.EIO, Errno.ENOSPC, Errno.EBUSY, Errno.EPERM)) {
            for (long call = 1; ; call++) {
                assertTrue(call < MOST_CALLS, "the verb never ends");
                Faults faults = (errno == 0 ? Faults.killBefore(call) : Faults.failAt(call, errno)).held();
                if (!round(before, verb, check, faults, errno)) {
                    break;
                }
                calls++;
            }
        }
        assertTrue(calls > 5, "the verb made only " + calls + " calls through the files it was given: it goes another way");
    }

    /** @return whether the fault happened */
    private boolean round(Step before, Verb verb, Step check, Faults faults, int errno) throws Exception {
        String when = (errno == 0 ? "killed before" : "errno " + errno + " from") + " call " + faults.strikesAt();
        create(pod);
        before.run();
        try (CgroupDriver cut = open(context, faults.between(CgroupFiles.class, CgroupFiles.real()))) {
            faults.begin();
            verb.run(cut);
        } catch (Faults.Killed e) {
            assertEquals(0, errno);
        } catch (DriverException e) {
            assertTrue(errno != 0, when + ": " + e);
            assertTrue(!e.getMessage().isBlank(), "a failure says what failed");
        } catch (RuntimeException e) {
            throw new AssertionError(when + ": not a typed failure", e);
        }
        check.run();
        driver.kill(target(container));
        awaitGone();
        driver.destroy(target(container));
        assertEquals(Presence.ABSENT, driver.inspect(target(container)).presence(), when);
        assertEquals(List.of(), directoriesOf(container), when);
        driver.destroy(target(pod));
        return faults.struck();
    }

    private void awaitGone() throws Exception {
        if (driver.inspect(target(container)).presence() == Presence.PRESENT) {
            awaitProcesses(container, 0);
        }
    }
}

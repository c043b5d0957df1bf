package dev.stowbook.testkit.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.testkit.fault.Faults;
import dev.stowbook.testkit.fault.OpenFiles;
import dev.stowbook.testkit.fault.UsualErrors;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Kills a volume driver before each of its system calls in turn, and lets each of them fail. Whenever that is, a new instance tells the truth,
 * the verb called again completes it, what was written is there for as long as the volume is, and after unmount and remove nothing is left. A
 * failure is told as what it is ({@link UsualErrors}; UNAVAILABLE for a volume that can't be attached); of a volume whose making failed nothing
 * is left.
 */
public abstract class VolumeDriverCrashContract extends VolumeDriverFixture {
    private static final int MOST_CALLS = 1000;

    private interface Verb {
        void run(VolumeDriver driver) throws Exception;
    }

    private interface Check {
        void run(VolumeDriver driver, String when) throws Exception;
    }

    @Test
    void createMayBeCutOffAnywhere() throws Exception {
        cutOffEverywhere(driver -> {}, driver -> driver.create(creation(DATA)), (driver, when) -> {
            assertNotEquals(Presence.FOREIGN, presence(driver, DATA), when);
            driver.create(creation(DATA));
            assertEquals(Presence.PRESENT, presence(driver, DATA), when);
            Files.writeString(driver.mount(use(DATA, USER)).source().resolve("new"), "works");
            driver.unmount(use(DATA, USER));
        });
    }

    @Test
    void mountMayBeCutOffAnywhere() throws Exception {
        cutOffEverywhere(
                driver -> driver.create(creation(DATA)),
                driver -> driver.mount(use(DATA, USER)),
                (driver, when) -> {
                    Path source = driver.mount(use(DATA, USER)).source();
                    Files.writeString(source.resolve("new"), "works");
                    assertEquals(source, driver.mount(use(DATA, SECOND_USER)).source(), when);
                    assertTrue(Files.exists(source.resolve("new")), when);
                    driver.unmount(use(DATA, USER));
                    driver.unmount(use(DATA, SECOND_USER));
                });
    }

    @Test
    void unmountMayBeCutOffAnywhere() throws Exception {
        cutOffEverywhere(
                driver -> {
                    driver.create(creation(DATA));
                    Files.writeString(driver.mount(use(DATA, USER)).source().resolve("kept"), "written");
                },
                driver -> driver.unmount(use(DATA, USER)),
                (driver, when) -> {
                    assertEquals(Presence.PRESENT, presence(driver, DATA), when);
                    driver.unmount(use(DATA, USER));
                    assertEquals(0, ownMounts().size(), when);
                    Files.isDirectory(driver.mount(use(DATA, USER)).source());
                    driver.unmount(use(DATA, USER));
                });
    }

    @Test
    void removeMayBeCutOffAnywhere() throws Exception {
        cutOffEverywhere(
                driver -> {
                    driver.create(creation(DATA));
                    Files.writeString(driver.mount(use(DATA, USER)).source().resolve("kept"), "written");
                    driver.unmount(use(DATA, USER));
                },
                driver -> driver.remove(target(DATA)),
                (driver, when) -> assertNotEquals(Presence.FOREIGN, presence(driver, DATA), when));
    }

    private void cutOffEverywhere(Verb before, Verb verb, Check check) throws Exception {
        long calls = 0;
        for (boolean struck = true; struck; calls++) {
            assertTrue(calls < MOST_CALLS, "the verb never ends");
            struck = false;
            for (int errno : UsualErrors.forCall(calls, true)) {
                Faults faults = (errno == 0 ? Faults.killBefore(calls + 1) : Faults.failAt(calls + 1, errno)).held();
                round(before, verb, check, faults);
                struck |= faults.struck();
            }
        }
        assertTrue(calls > 3, "the verb made fewer calls than it can: they went another way");
    }

    private void round(Verb before, Verb verb, Check check, Faults faults) throws Exception {
        String when = faults.toString();
        try (VolumeDriver driver = open()) {
            before.run(driver);
        }
        strike(faults, verb);
        try (VolumeDriver driver = open()) {
            check.run(driver, when);
            driver.remove(target(DATA));
            assertEquals(Presence.ABSENT, presence(driver, DATA), when);
            assertEquals(0, driver.list().size(), when);
        }
        assertEquals(0, ownMounts().size(), when);
        try (var left = Files.list(home)) {
            assertEquals(0, left.count(), when);
        }
    }

    /** A failure is told as what it is; the same instance does what is asked when it is asked again, and holds nothing open. */
    private void strike(Faults faults, Verb verb) throws Exception {
        VolumeDriver driver = open(faults.between(FileCalls.class, FileCalls.linux()),
                faults.between(MountCalls.class, MountCalls.linux()), home, run);
        try (driver) {
            Presence before = presence(driver, DATA);
            faults.begin();
            try {
                verb.run(driver);
            } catch (Faults.Killed e) {
                return;
            } catch (DriverException e) {
                boolean attaching = e.code() == DriverErrorCode.UNAVAILABLE && e.operation().equals("mount");
                UsualErrors.assertTold(faults, e, attaching ? e.code() : DriverErrorCode.ofErrno(faults.errno()));
                assertTrue(before != Presence.ABSENT || presence(driver, DATA) == before, faults + ": what was made is taken away");
                verb.run(driver);
            } catch (RuntimeException e) {
                throw new AssertionError(faults + ": not a typed failure", e);
            }
        }
        OpenFiles.assertNoneBelow(scratch, faults.toString());
    }
}

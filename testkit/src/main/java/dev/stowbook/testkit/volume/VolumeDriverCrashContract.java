package dev.stowbook.testkit.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.Presence;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.testkit.graph.MortalFileCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Kills a volume driver before each of its system calls in turn. Whenever it is killed, a new instance tells the truth, the verb called again
 * completes it, what was written is there for as long as the volume is, and after unmount and remove nothing is left.
 */
public abstract class VolumeDriverCrashContract extends VolumeDriverFixture {
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
        for (long call = 1; ; call++) {
            try (VolumeDriver driver = open()) {
                before.run(driver);
            }
            boolean killed = killedBefore(call, verb);
            String when = "killed before call " + call;
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
            if (!killed) {
                assertTrue(call > 3, "the verb made fewer calls than it can: they went another way");
                return;
            }
        }
    }

    private boolean killedBefore(long call, Verb verb) throws Exception {
        MortalFileCalls mortal = new MortalFileCalls(call);
        try (VolumeDriver driver = open(mortal.calls(), mortal.mountCalls(), home, run)) {
            verb.run(driver);
            return false;
        } catch (MortalFileCalls.Killed e) {
            return true;
        }
    }
}

package dev.stowbook.testkit.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.testkit.fault.Faults;
import dev.stowbook.testkit.fault.Unsynced;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * That a volume outlives a loss of power from the moment that {@code create} has answered, and does not come back after one, whole or in part,
 * once {@code remove} has. Told from the order of the driver's calls ({@link Unsynced}). For drivers that keep a volume in one file or directory
 * of its name.
 */
public abstract class VolumeDriverPowerLossContract extends VolumeDriverFixture {
    private interface Verb {
        void run(VolumeDriver driver) throws Exception;
    }

    /** The path that a complete volume has. */
    protected Path volume(Path privateDirectory, String name) {
        return privateDirectory.resolve(name);
    }

    private Unsynced after(Verb before, Verb verb) throws Exception {
        try (VolumeDriver driver = open()) {
            before.run(driver);
        }
        Unsynced unsynced = new Unsynced(volume(home, DATA));
        Faults faults = Faults.none().shownTo(unsynced).held();
        try (VolumeDriver driver = open(faults.between(FileCalls.class, FileCalls.linux()), MountCalls.linux(), home, run)) {
            faults.begin();
            verb.run(driver);
            assertTrue(faults.made() > 3, "the verb made fewer calls than it can: they went another way");
        }
        assertEquals(List.of(), unsynced.touchedUnderItsName());
        return unsynced;
    }

    @Test
    void aVolumeIsOnTheDiskBeforeItHasItsNameAndItsNameBeforeTheAnswer() throws Exception {
        Unsynced unsynced = after(driver -> {}, driver -> driver.create(creation(DATA)));
        assertEquals(List.of(), unsynced.namedTooEarly());
        assertEquals(Set.of(), unsynced.paths(), "not on the disk when the verb answers");
    }

    @Test
    void aVolumeHasLostItsNameOnTheDiskBeforeItsContentGoes() throws Exception {
        Verb written = driver -> {
            driver.create(creation(DATA));
            Files.writeString(driver.mount(use(DATA, USER)).source().resolve("kept"), "written");
            driver.unmount(use(DATA, USER));
        };
        assertEquals(List.of(), after(written, driver -> driver.remove(target(DATA))).hastyRemovals());
    }
}

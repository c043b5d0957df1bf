package dev.stowbook.testkit.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.testkit.fault.Faults;
import dev.stowbook.testkit.fault.Unsynced;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * That a read-only layer outlives a loss of power once the verb that makes it has answered: all of it is on the disk before it has its name, and
 * its name before the answer. Told from the order of the driver's calls ({@link Unsynced}), since a power switch is at no test's hand.
 *
 * <p>A writable layer need not, since a start waits for no disk; what its container syncs in it is the container's, and a driver that can tell
 * what is left of such a layer keeps it. But its record is written before it has its name, and no layer is removed under its
 * own name, so that what a crash leaves is never half a layer that looks whole. For drivers that keep a layer in one file or directory of its id.
 */
public abstract class GraphDriverPowerLossContract extends GraphDriverFaultFixture {
    /** The path that a complete layer has. */
    protected Path layer(Path privateDirectory, String layerId) {
        return privateDirectory.resolve(layerId);
    }

    /** What is said of a verb's calls. */
    private Unsynced after(Verb before, Verb verb) throws Exception {
        prepareHome(before);
        Unsynced unsynced = new Unsynced(layer(home, LAYER));
        Faults faults = Faults.none().shownTo(unsynced).held();
        try (GraphDriver driver = open(faults, home)) {
            faults.begin();
            verb.run(driver);
            assertTrue(faults.made() > 5, "the verb made only " + faults.made() + " calls through the files it was given: it goes another way");
        }
        removeHome(home);
        assertEquals(List.of(), unsynced.touchedUnderItsName());
        return unsynced;
    }

    private static void assertDurable(Unsynced unsynced) {
        assertEquals(List.of(), unsynced.namedTooEarly());
        assertEquals(Set.of(), unsynced.paths(), "not on the disk when the verb answers");
    }

    @Test
    void anAppliedLayerIsOnTheDiskBeforeItHasItsNameAndItsNameBeforeTheAnswer() throws Exception {
        assertDurable(after(GraphDriverFaultFixture::applyBase, GraphDriverFaultFixture::applyLayer));
    }

    @Test
    void aCommittedLayerIsOnTheDiskBeforeItHasItsNameAndItsNameBeforeTheAnswer() throws Exception {
        assertDurable(after(GraphDriverFaultFixture::writeOnBase, GraphDriverFaultFixture::commitLayer));
    }

    @Test
    void aWritableLayerIsNotTouchedAnyMoreOnceItHasItsName() throws Exception {
        after(GraphDriverFaultFixture::applyBase, GraphDriverFaultFixture::prepareLayer);
    }

    @Test
    void aLayerLosesItsNameBeforeAnyOfIt() throws Exception {
        Verb both = driver -> {
            applyBase(driver);
            applyLayer(driver);
        };
        after(both, driver -> driver.remove(new LayerTarget(LAYER, "1")));
    }
}

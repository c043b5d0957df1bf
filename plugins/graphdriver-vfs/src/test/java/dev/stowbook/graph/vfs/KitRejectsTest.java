package dev.stowbook.graph.vfs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.Change;
import dev.stowbook.spi.graph.DiffRequest;
import dev.stowbook.spi.graph.GraphCapability;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerEntry;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.spi.graph.Usage;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.fault.Misbehaving;
import dev.stowbook.testkit.fault.Verdict;
import dev.stowbook.testkit.graph.GraphDriverCapabilityContract;
import dev.stowbook.testkit.graph.GraphDriverContract;
import dev.stowbook.testkit.graph.GraphDriverHostileContract;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kit is worth what it refuses: drivers with one fault each, each of which some test must see. */
@RequiresRoot
class KitRejectsTest {
    private static Fault fault = Fault.INSPECT_ALWAYS_SAYS_PRESENT;

    /** What a driver may get wrong. */
    enum Fault {
        INSPECT_ALWAYS_SAYS_PRESENT("aLayerLivesFromApplyToRemove", d -> d.verb("inspect", (honest, real, arguments) -> new Inspection(Presence.PRESENT, ""))),
        A_SECOND_PREPARE_FAILS("everyVerbAnswersTheSecondTimeAsTheFirst", d -> d.verb("prepare", (honest, real, arguments) -> {
            var request = (PrepareRequest) arguments[0];
            if (honest.inspect(new LayerTarget(request.layerId(), "1/look")).presence() == Presence.PRESENT) {
                throw new DriverException(DriverErrorCode.IO, 17, "prepare", request.layerId(), "it is there already");
            }
            return real.call();
        })),
        A_QUOTA_IS_IGNORED("u9_aQuotaEndsWritesOrIsRefused", d -> d.verb("prepare", (honest, real, arguments) -> {
            var request = (PrepareRequest) arguments[0];
            return honest.prepare(new PrepareRequest(request.layerId(), request.parentId(), OptionalLong.empty(), request.operationId()));
        })),
        THE_PARENT_IS_FORGOTTEN("u1_layersAreMergedAndLowerBytesStayWhatTheyAre", d -> d.verb("prepare", (honest, real, arguments) -> {
            var request = (PrepareRequest) arguments[0];
            return honest.prepare(new PrepareRequest(request.layerId(), Optional.empty(), request.quotaBytes(), request.operationId()));
        })),
        DELETIONS_ARE_NO_CHANGES("changesAndDiffTellWhatWasDone", d -> d.verb("changes", (honest, real, arguments) ->
                honest.changes((LayerTarget) arguments[0]).stream().filter(change -> change.kind() != Change.Kind.DELETED).toList())),
        A_DIFF_IS_CUT_SHORT("changesAndDiffTellWhatWasDone", d -> d.verb("diff", (honest, real, arguments) -> {
            var request = (DiffRequest) arguments[0];
            var whole = new ByteArrayOutputStream();
            honest.diff(new DiffRequest(request.layerId(), whole, request.operationId()));
            request.tar().write(whole.toByteArray(), 0, whole.size() / 2);
            return null;
        })),
        A_TAR_IS_NOT_READ_TO_ITS_END("theStreamIsReadToItsEnd", d -> d.verb("applyDiff", (honest, real, arguments) -> {
            var request = (ApplyDiffRequest) arguments[0];
            var some = new java.io.ByteArrayInputStream(request.tar().readNBytes(4096));
            return honest.applyDiff(new ApplyDiffRequest(request.layerId(), request.parentId(), some, request.operationId()));
        })),
        REMOVE_DOES_NOTHING("aLayerLivesFromApplyToRemove", d -> d.lazy("remove")),
        LIST_IS_EMPTY("aNewInstanceFindsEverything", d -> d.verb("list", (honest, real, arguments) -> List.<LayerEntry>of())),
        USAGE_IS_A_CONSTANT("usageCountsWhatIsOnDisk", d -> d.verb("usage", (honest, real, arguments) -> new Usage(4096, 1))),
        A_FAILURE_HAS_NO_TYPE("missingLayersAreNamedAndNothingIsMade", d -> d.verb("mounts", (honest, real, arguments) -> {
            try {
                return real.call();
            } catch (DriverException e) {
                throw new IllegalStateException(e);
            }
        })),
        COMMIT_LOSES_THE_WRITABLE_LAYER("everyVerbAnswersTheSecondTimeAsTheFirst", d -> d.verb("commit", (honest, real, arguments) -> {
            Object committed = real.call();
            honest.remove(new LayerTarget(((dev.stowbook.spi.graph.CommitRequest) arguments[0]).layerId(), "1/lose"));
            return committed;
        }));

        private final String test;
        private final Consumer<Misbehaving<GraphDriver>> make;

        /** @param test the test of the contract that must see it */
        Fault(String test, Consumer<Misbehaving<GraphDriver>> make) {
            this.test = test;
            this.make = make;
        }
    }

    private static GraphDriver faulty(Path privateDirectory) throws DriverException {
        var driver = new Misbehaving<GraphDriver>(
                GraphDriver.class, VfsGraphDriver.open(FileCalls.linux(), MountCalls.linux(), privateDirectory));
        fault.make.accept(driver);
        return driver.driver();
    }

    /** The contracts of the faulty driver; not found by themselves, since their names are not those of tests. */
    static class Faulty extends GraphDriverContract {
        @Override
        protected GraphDriver open(Path privateDirectory) throws DriverException {
            return faulty(privateDirectory);
        }
    }

    /** As {@link Faulty}. */
    static class FaultyWithHostileTars extends GraphDriverHostileContract {
        @Override
        protected GraphDriver open(Path privateDirectory) throws DriverException {
            return faulty(privateDirectory);
        }
    }

    /** As {@link Faulty}. */
    static class FaultyCapabilities extends GraphDriverCapabilityContract {
        @Override
        protected GraphDriver open(Path privateDirectory) throws DriverException {
            return faulty(privateDirectory);
        }

        @Override
        protected Set<GraphCapability> capabilities() {
            return Set.of(GraphCapability.XATTR);
        }
    }

    private static Class<?> contractWith(String test) {
        return Stream.of(Faulty.class, FaultyWithHostileTars.class, FaultyCapabilities.class)
                .filter(contract -> Stream.of(contract.getSuperclass().getDeclaredMethods()).anyMatch(method -> method.getName().equals(test)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no contract has a test " + test));
    }

    @ParameterizedTest
    @EnumSource
    void aDriverWithAFaultIsRefused(Fault broken) {
        fault = broken;
        Verdict verdict = Verdict.of(contractWith(broken.test), broken.test);
        assertTrue(verdict.rejected(), broken + ": " + verdict);
    }
}

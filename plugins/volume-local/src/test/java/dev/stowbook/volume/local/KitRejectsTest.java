package dev.stowbook.volume.local;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.volume.CreateVolumeRequest;
import dev.stowbook.spi.volume.MountVolumeRequest;
import dev.stowbook.spi.volume.MountedVolume;
import dev.stowbook.spi.volume.VolumeCapability;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.spi.volume.VolumeEntry;
import dev.stowbook.spi.volume.VolumeTarget;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.fault.Misbehaving;
import dev.stowbook.testkit.fault.Verdict;
import dev.stowbook.testkit.volume.VolumeDriverContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kit is worth what it refuses: drivers with one fault each, each of which some test must see. */
@RequiresRoot
class KitRejectsTest {
    private static Fault fault = Fault.INSPECT_ALWAYS_SAYS_PRESENT;

    /** What a driver may get wrong. */
    enum Fault {
        INSPECT_ALWAYS_SAYS_PRESENT("aVolumeLivesFromCreateToRemove", d -> d.verb("inspect", (honest, real, arguments) -> new Inspection(Presence.PRESENT, ""))),
        A_SECOND_CREATE_FAILS("everyVerbAnswersTheSecondTimeAsTheFirst", d -> d.verb("create", (honest, real, arguments) -> {
            var request = (CreateVolumeRequest) arguments[0];
            if (honest.inspect(new VolumeTarget(request.volume(), "1/look")).presence() == Presence.PRESENT) {
                throw new DriverException(DriverErrorCode.IO, 17, "create", request.volume(), "it is there already");
            }
            return real.call();
        })),
        A_QUOTA_IS_IGNORED("aQuotaIsKeptOrRefusedByName", d -> d.verb("create", (honest, real, arguments) -> {
            var request = (CreateVolumeRequest) arguments[0];
            honest.create(new CreateVolumeRequest(request.volume(), request.options(), OptionalLong.empty(), request.operationId()));
            return null;
        })),
        AN_UNKNOWN_OPTION_IS_IGNORED("unknownOptionsAreRefusedByNameAndOtherOptionsAreNotTakenForTheSame", d -> d.verb("create", (honest, real, arguments) -> {
            var request = (CreateVolumeRequest) arguments[0];
            honest.create(new CreateVolumeRequest(request.volume(), new java.util.TreeMap<>(), request.quotaBytes(), request.operationId()));
            return null;
        })),
        USERS_DO_NOT_KEEP_A_VOLUME("aVolumeWithAUserIsNotRemoved", d -> d.verb("mount", (honest, real, arguments) -> {
            Object mounted = real.call();
            honest.unmount((MountVolumeRequest) arguments[0]);
            return mounted;
        })),
        EVERY_USER_GETS_A_VOLUME_OF_ITS_OWN("everyVerbAnswersTheSecondTimeAsTheFirst", d -> d.verb("mount", (honest, real, arguments) -> {
            var shared = (MountedVolume) real.call();
            return new MountedVolume(Files.createTempDirectory(shared.source().getParent(), "own"), false);
        })),
        UNMOUNT_DOES_NOTHING("aVolumeWithAUserIsNotRemoved", d -> d.lazy("unmount")),
        REMOVE_DOES_NOTHING("aVolumeLivesFromCreateToRemove", d -> d.lazy("remove")),
        LIST_IS_EMPTY("aNewInstanceFindsEverything", d -> d.verb("list", (honest, real, arguments) -> List.<VolumeEntry>of())),
        A_FAILURE_HAS_NO_TYPE("missingVolumesAreNamed", d -> d.verb("mount", (honest, real, arguments) -> {
            try {
                return real.call();
            } catch (DriverException e) {
                throw new IllegalStateException(e);
            }
        }));

        private final String test;
        private final Consumer<Misbehaving<VolumeDriver>> make;

        /** @param test the test of the contract that must see it */
        Fault(String test, Consumer<Misbehaving<VolumeDriver>> make) {
            this.test = test;
            this.make = make;
        }
    }

    /** The contract of the faulty driver; not found by itself, since its name is not that of a test. */
    static class Faulty extends VolumeDriverContract {
        @Override
        protected VolumeDriver open(FileCalls files, MountCalls mounts, Path privateDirectory, Path runDirectory) throws DriverException {
            var driver = new Misbehaving<VolumeDriver>(
                    VolumeDriver.class, LocalVolumeDriver.open(files, mounts, privateDirectory, runDirectory));
            fault.make.accept(driver);
            return driver.driver();
        }

        @Override
        protected Set<VolumeCapability> capabilities() {
            return new LocalVolumeDriverProvider().capabilities();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDriverWithAFaultIsRefused(Fault broken) {
        fault = broken;
        Verdict verdict = Verdict.of(Faulty.class, broken.test);
        assertTrue(verdict.rejected(), broken + ": " + verdict);
    }
}

package dev.stowbook.supervisor.execute;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.volume.MountVolumeRequest;
import dev.stowbook.spi.volume.MountedVolume;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.spi.volume.VolumeTarget;
import dev.stowbook.supervisor.driver.GuardedDriver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a volume driver says about a mount is looked at before the keeper binds it. */
final class MountAnswer {
    private static final Duration PATIENCE = Duration.ofHours(1);
    private static final Logger LOG = LoggerFactory.getLogger(MountAnswer.class);

    private MountAnswer() {}

    /**
     * The answer, if what it names is there. To be called within the call of the driver: a path of a network's file system may hang, and
     * then it is the driver's deadline that ends it.
     *
     * @throws DriverException IO naming driver and path
     */
    static @Nullable MountedVolume checked(String driver, String volume, @Nullable MountedVolume answer) throws DriverException {
        if (answer == null) {
            return null;
        }
        Path source = answer.source() == null ? Path.of("") : Path.of(answer.source().toString()).normalize();
        if (!source.isAbsolute()) {
            throw lie(driver, volume, "'" + source + "', which is no absolute path");
        }
        if (!Files.exists(source)) {
            throw lie(driver, volume, source + ", and nothing is there");
        }
        return new MountedVolume(source, answer.readOnly());
    }

    private static DriverException lie(String driver, String volume, String where) {
        return new DriverException(
                DriverErrorCode.IO, 0, "mount", volume, "driver " + driver + " says that it is mounted at " + where + "; mend or replace the driver");
    }

    /** For the operator's log: the pod has failed by then, and its end unmounts whatever came of it. */
    static void inspectLate(GuardedDriver<VolumeDriver> guarded, MountVolumeRequest request) {
        VolumeTarget target = new VolumeTarget(request.volume(), request.operationId());
        guarded.callWhenFree("inspect", request.volume(), PATIENCE, driver -> driver.inspect(target)).whenComplete((found, failure) -> {
            if (failure == null) {
                LOG.info("volume {} of driver {}, whose mount had hung, is {} {}", request.volume(), guarded.name(), found.presence(), found.detail());
            } else {
                LOG.warn("volume {} of driver {}, whose mount had hung, was not looked at: {}", request.volume(), guarded.name(), failure.getMessage());
            }
        });
    }
}

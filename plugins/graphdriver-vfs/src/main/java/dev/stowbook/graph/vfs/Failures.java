package dev.stowbook.graph.vfs;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.layer.LayerException;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import java.io.IOException;

/** Turns failures of the calls below into the SPI's. */
final class Failures {
    private Failures() {}

    static DriverException of(String operation, String target, LinuxException e) {
        return DriverException.ofOwnFiles(e.errno(), operation, target, e.getMessage(), "the layer's mount", e);
    }

    static DriverException of(String operation, String target, IOException e) {
        DriverErrorCode code = e instanceof LayerException ? DriverErrorCode.CORRUPT : DriverErrorCode.IO;
        return new DriverException(code, 0, operation, target, String.valueOf(e.getMessage()), e);
    }

    static DriverException notFound(String operation, String layerId) {
        return new DriverException(
                DriverErrorCode.NOT_FOUND, 0, operation, layerId, "there is no such layer; \"inspect\" tells what is left of it");
    }

    static DriverException noParent(String operation, String layerId, String parentId) {
        return new DriverException(
                DriverErrorCode.NOT_FOUND, 0, operation, layerId, "its parent " + parentId + " is no complete read-only layer");
    }
}

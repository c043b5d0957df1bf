package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.manifest.ManifestError;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.registry.RegistryException;
import io.vertx.core.http.HttpClosedException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Why a request is answered with an error: what its body says. */
final class ApiProblem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient List<ManifestError> details;
    private final transient OptionalLong earliest;
    private final transient OptionalInt exitCode;

    private ApiProblem(
            ErrorCode code, String message, List<ManifestError> details, OptionalLong earliest, OptionalInt exitCode) {
        super(message, null, false, false);
        this.code = code;
        this.details = details;
        this.earliest = earliest;
        this.exitCode = exitCode;
    }

    static ApiProblem of(ErrorCode code, String message) {
        return new ApiProblem(code, message, List.of(), OptionalLong.empty(), OptionalInt.empty());
    }

    static ApiProblem invalid(String message) {
        return of(ErrorCode.INVALID, message);
    }

    static ApiProblem manifest(List<ManifestError> errors) {
        String first = errors.getFirst().toString();
        String message = errors.size() == 1 ? first : errors.size() + " errors in the manifest; the first is " + first;
        return new ApiProblem(ErrorCode.INVALID, message, List.copyOf(errors), OptionalLong.empty(), OptionalInt.empty());
    }

    /** A process could not be started; {@code exitCode} is what a shell would make of it. */
    static ApiProblem notStarted(String message, int exitCode) {
        return new ApiProblem(
                ErrorCode.INVALID, message, List.of(), OptionalLong.empty(), OptionalInt.of(exitCode));
    }

    /** What a failure is called outside. */
    static ApiProblem from(Throwable failure) {
        return switch (failure) {
            case ApiProblem problem -> problem;
            case LogException e when e.code() == LogException.Code.GONE -> new ApiProblem(
                    ErrorCode.GONE, sentence(e), List.of(), OptionalLong.of(e.earliest()), OptionalInt.empty());
            case LogException e when e.code() == LogException.Code.DISK_FULL -> of(ErrorCode.DISK_FULL, sentence(e));
            case ImageUploads.UploadRefused e -> of(e.code(), sentence(e));
            case RegistryException e -> of(e.code(), sentence(e));
            case ContainerFiles.Refused e -> of(e.code(), sentence(e));
            case DriverException e -> of(code(e.code()), sentence(e));
            case HttpClosedException e -> of(ErrorCode.UNAVAILABLE, "the client has gone away");
            case IOException e when full(e) -> of(ErrorCode.DISK_FULL, "the disk is full: " + sentence(e));
            default -> of(ErrorCode.INTERNAL, "the daemon failed: " + sentence(failure));
        };
    }

    private static ErrorCode code(DriverErrorCode code) {
        return switch (code) {
            case NOT_FOUND -> ErrorCode.NOT_FOUND;
            case BUSY, IN_USE, FOREIGN -> ErrorCode.CONFLICT;
            case INVALID -> ErrorCode.INVALID;
            case UNSUPPORTED -> ErrorCode.UNSUPPORTED;
            case UNAVAILABLE -> ErrorCode.UNAVAILABLE;
            case NO_SPACE -> ErrorCode.DISK_FULL;
            case DENIED, CORRUPT, UNKNOWN, IO -> ErrorCode.INTERNAL;
        };
    }

    private static boolean full(IOException e) {
        String reason = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
        return reason != null && (reason.contains("No space left on device") || reason.contains("Disk quota exceeded"));
    }

    private static String sentence(Throwable failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    /** {@code {"error":{"code":..,"message":..}}}. */
    ObjectNode body() {
        ObjectNode body = Json.object();
        ObjectNode error = body.putObject("error").put("code", code.name()).put("message", sentence());
        earliest.ifPresent(sequence -> error.put("earliest", sequence));
        exitCode.ifPresent(exit -> error.put("exitCode", exit));
        if (!details.isEmpty()) {
            ArrayNode list = error.putArray("details");
            details.forEach(each -> list.addObject()
                    .put("file", each.file())
                    .put("line", each.line())
                    .put("column", each.column())
                    .put("path", each.path())
                    .put("message", each.message()));
        }
        return body;
    }

    ErrorCode code() {
        return code;
    }

    String sentence() {
        return sentence(this);
    }

    /** The HTTP status of each code. */
    static int status(ErrorCode code) {
        return switch (code) {
            case INVALID -> 400;
            case NOT_FOUND -> 404;
            case CONFLICT, AMBIGUOUS -> 409;
            case DENIED -> 403;
            case GONE -> 410;
            case UNSUPPORTED -> 501;
            case UNAVAILABLE -> 503;
            case DISK_FULL -> 507;
            case INTERNAL -> 500;
        };
    }
}

package dev.stowbook.supervisor.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.FileSystem;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpServerRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/** Uploads go to a file first: the store reads them at its own speed, and more than once. */
final class Spool {
    private final Backend backend;

    Spool(Backend backend) {
        this.backend = backend;
    }

    /** Receives a request's body into a file, uses it, and removes it whatever happens. */
    <T> Future<T> receive(Call call, Function<Path, Future<T>> use) {
        HttpServerRequest request = call.request();
        request.pause();
        // Heard from the first moment on: a client may be gone before its body is asked for, and the body then never ends.
        Promise<Void> received = Promise.promise();
        call.response().closeHandler(gone -> received.tryFail(
                new ImageUploads.UploadRefused("the client went away in the middle of its upload")));
        Path directory = backend.services().spool();
        Path file = directory.resolve("upload-" + call.id());
        FileSystem files = backend.vertx().fileSystem();
        OpenOptions options = new OpenOptions().setCreateNew(true).setWrite(true).setPerms("rw-------");
        return backend.work(() -> Files.createDirectories(directory))
                .compose(made -> files.open(file.toString(), options))
                .compose(open -> fill(request, open, received))
                // Nobody reads the answer of a refusal before all has been sent: the rest comes in, and is dropped.
                .onFailure(failure -> request.handler(null).resume())
                .compose(done -> use.apply(file))
                .eventually(() -> backend.work(() -> Files.deleteIfExists(file)));
    }

    /** The last writes end after the body has, some before others: only when all have is it in the file. */
    private static Future<Void> fill(HttpServerRequest request, AsyncFile open, Promise<Void> received) {
        Promise<Void> written = Promise.promise();
        written.future().onFailure(received::tryFail);
        request.handler(chunk -> {
            open.write(chunk).onFailure(written::tryFail);
            if (open.writeQueueFull()) {
                request.pause();
                open.drainHandler(room -> request.resume());
            }
        });
        request.exceptionHandler(failure -> received.tryFail(Call.ofBody(failure)));
        request.endHandler(end -> received.tryComplete());
        request.resume();
        return received.future()
                .onComplete(any -> request.handler(null))
                .eventually(open::close) // when all writes have ended
                .compose(closed -> {
                    written.tryComplete();
                    return written.future();
                });
    }
}

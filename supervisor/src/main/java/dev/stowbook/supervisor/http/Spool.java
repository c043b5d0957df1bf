package dev.stowbook.supervisor.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.FileSystem;
import io.vertx.core.file.OpenOptions;
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
        call.request().pause();
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
                .compose(open -> fill(call, open, received))
                .compose(done -> use.apply(file))
                .eventually(() -> backend.work(() -> Files.deleteIfExists(file)));
    }

    private static Future<Void> fill(Call call, AsyncFile open, Promise<Void> received) {
        call.request().pipe().endOnComplete(false).to(open).onComplete(piped -> {
            if (piped.succeeded()) {
                received.tryComplete();
            } else {
                received.tryFail(Call.ofBody(piped.cause()));
            }
        });
        return received.future().eventually(open::close);
    }
}

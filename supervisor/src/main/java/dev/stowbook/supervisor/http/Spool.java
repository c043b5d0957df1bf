package dev.stowbook.supervisor.http;

import io.vertx.core.Future;
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
        Path directory = backend.services().spool();
        Path file = directory.resolve("upload-" + call.id());
        FileSystem files = backend.vertx().fileSystem();
        OpenOptions options = new OpenOptions().setCreateNew(true).setWrite(true).setPerms("rw-------");
        return backend.work(() -> Files.createDirectories(directory))
                .compose(made -> files.open(file.toString(), options))
                .compose(open -> fill(call, open))
                .compose(received -> use.apply(file))
                .eventually(() -> backend.work(() -> Files.deleteIfExists(file)));
    }

    private static Future<Void> fill(Call call, AsyncFile open) {
        return call.request().pipe().endOnComplete(false).to(open).eventually(open::close);
    }
}

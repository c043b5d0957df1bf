package dev.stowbook.supervisor.http;

import io.vertx.core.Future;
import java.io.OutputStream;

/** Answers that are a tar, written while it is made. */
final class TarAnswer {
    private TarAnswer() {}

    /** Writes the tar; on a worker. */
    interface Writing {
        void to(OutputStream out) throws Exception;
    }

    /** Once something has been sent, a failure can only be told by breaking off. */
    static Future<Void> send(Backend backend, Call call, Writing writing) {
        ResponseOutput out = new ResponseOutput(call, "application/x-tar");
        return backend.work(() -> {
            writing.to(out);
            out.flush();
            return true;
        }).compose(done -> call.response().end(), failure -> {
            if (!out.begun()) {
                return Future.failedFuture(failure);
            }
            System.getLogger(TarAnswer.class.getName()).log(
                    System.Logger.Level.WARNING, "broke off " + call.request().uri() + ": " + failure.getMessage());
            return call.response().reset().otherwiseEmpty().eventually(() -> call.request().connection().close());
        });
    }
}

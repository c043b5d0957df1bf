package dev.stowbook.supervisor.registry;

import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/** A request's body that can be asked how much of it has gone out. Any thread. */
final class CountedBody implements BodyPublisher {
    private final BodyPublisher body;
    private final AtomicLong bytes = new AtomicLong();

    CountedBody(BodyPublisher body) {
        this.body = body;
    }

    long bytes() {
        return bytes.get();
    }

    @Override
    public long contentLength() {
        return body.contentLength();
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> reader) {
        body.subscribe(new Flow.Subscriber<ByteBuffer>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                reader.onSubscribe(subscription);
            }

            @Override
            public void onNext(ByteBuffer buffer) {
                bytes.addAndGet(buffer.remaining());
                reader.onNext(buffer);
            }

            @Override
            public void onError(Throwable failure) {
                reader.onError(failure);
            }

            @Override
            public void onComplete() {
                reader.onComplete();
            }
        });
    }
}

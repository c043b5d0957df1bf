package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.http.ImageUploads.UploadRefused;
import dev.stowbook.supervisor.http.StoreCare;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.ErrorCode;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks now and then how full the disk is, and removes images that no container uses once it is too full, until it is at the low mark. */
final class ImageCollector implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ImageCollector.class);

    private final StoreKeeper keeper;
    private final Book book;
    private final Vertx vertx;
    private final long timer;
    private final AtomicBoolean looking = new AtomicBoolean();

    ImageCollector(StoreKeeper keeper, Book book, Duration interval) {
        this.keeper = keeper;
        this.book = book;
        this.vertx = book.vertx();
        this.timer = vertx.setPeriodic(interval.toMillis(), tick -> look());
    }

    /** One look at a time: a second one would take what the first is just taking for not enough. */
    private void look() {
        if (!looking.compareAndSet(false, true)) {
            return;
        }
        book.workers().call(() -> {
            if (keeper.tooFull()) {
                keeper.collect();
                makeRoom();
            }
            return true;
        }).whenComplete((done, failure) -> {
            looking.set(false);
            if (failure != null) {
                LOG.warn("the disk could not be looked at: {}", failure.toString());
            }
        });
    }

    /** What images free is an estimate; whether it was enough, the disk says. */
    private void makeRoom() throws IOException, UploadRefused, InterruptedException, ExecutionException {
        boolean removed = true;
        while (removed) {
            removed = false;
            for (StoreCare.Item item : keeper.excess(0)) {
                removed |= remove(item);
            }
        }
    }

    /** Waits until it is off the disk. */
    private boolean remove(StoreCare.Item item) throws InterruptedException, ExecutionException {
        LOG.info("the disk is too full: removing image {} {}, since {}", item.name(), item.references(), item.why());
        Reply reply = book.loop().submit(new ImageCommand.RemoveImage(item.image(), true), Actor.daemon("image collector"), 0, "").get();
        return switch (reply) {
            case Reply.Granted granted -> true;
            case Reply.Refused(ErrorCode code, String message) -> {
                LOG.info("image {} stays: {}", item.name(), message);
                yield false;
            }
        };
    }

    @Override
    public void close() {
        vertx.cancelTimer(timer);
    }
}

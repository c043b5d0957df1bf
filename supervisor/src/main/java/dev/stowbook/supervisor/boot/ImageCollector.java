package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.execute.Workers;
import dev.stowbook.supervisor.http.StoreCare;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks now and then how full the disk is, and removes images that no container uses once it is too full. */
final class ImageCollector implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ImageCollector.class);
    private static final Duration INTERVAL = Duration.ofMinutes(1);

    private final StoreKeeper keeper;
    private final Book book;
    private final Vertx vertx;
    private final long timer;

    ImageCollector(StoreKeeper keeper, Book book) {
        this.keeper = keeper;
        this.book = book;
        this.vertx = book.vertx();
        this.timer = vertx.setPeriodic(INTERVAL.toMillis(), tick -> look(book.workers()));
    }

    private void look(Workers workers) {
        workers.call(() -> {
            if (keeper.tooFull()) {
                keeper.collect();
                for (StoreCare.Item item : keeper.garbage()) {
                    if (!item.image().isEmpty()) {
                        LOG.info("the disk is too full: removing image {} {}, since {}", item.name(), item.references(), item.why());
                        book.loop().submit(new ImageCommand.RemoveImage(item.image(), true), Actor.daemon("image collector"), 0, "");
                    }
                }
            }
            return true;
        }).whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.warn("the disk could not be looked at: {}", failure.toString());
            }
        });
    }

    @Override
    public void close() {
        vertx.cancelTimer(timer);
    }
}

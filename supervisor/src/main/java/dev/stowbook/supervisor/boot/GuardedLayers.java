package dev.stowbook.supervisor.boot;

import dev.stowbook.linux.Fd;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.graph.AppliedDiff;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.CommitRequest;
import dev.stowbook.spi.graph.DiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerEntry;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.supervisor.driver.DriverCall;
import dev.stowbook.supervisor.driver.GuardedDriver;
import dev.stowbook.supervisor.image.LayerDriver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;

/** Lets the content store call the graph driver through its guard, and wait. Workers only. */
final class GuardedLayers implements LayerDriver {
    private static final Duration APPLY = Duration.ofHours(1);
    private static final Duration OTHER = Duration.ofMinutes(5);

    private final GuardedDriver<GraphDriver> graph;

    GuardedLayers(GuardedDriver<GraphDriver> graph) {
        this.graph = graph;
    }

    @Override
    public AppliedDiff applyDiff(ApplyDiffRequest request) throws DriverException {
        return call("applyDiff", request.layerId(), APPLY, driver -> driver.applyDiff(request));
    }

    @Override
    public AppliedDiff commit(CommitRequest request) throws DriverException {
        return call("commit", request.newLayerId(), APPLY, driver -> driver.commit(request));
    }

    @Override
    public void diff(DiffRequest request) throws DriverException {
        call("diff", request.layerId(), APPLY, driver -> {
            driver.diff(request);
            return true;
        });
    }

    @Override
    public Fd view(LayerTarget target) throws DriverException {
        return Fd.own(call("view", target.layerId(), OTHER, driver -> driver.view(target)).mountFd());
    }

    @Override
    public Inspection inspect(LayerTarget target) throws DriverException {
        return call("inspect", target.layerId(), OTHER, driver -> driver.inspect(target));
    }

    @Override
    public List<LayerEntry> list() throws DriverException {
        return call("list", "list", OTHER, GraphDriver::list);
    }

    @Override
    public void remove(LayerTarget target) throws DriverException {
        call("remove", target.layerId(), OTHER, driver -> {
            driver.remove(target);
            return true;
        });
    }

    private <T> T call(String verb, String target, Duration deadline, DriverCall<? super GraphDriver, T> call)
            throws DriverException {
        try {
            return graph.call(verb, target, deadline, call).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof DriverException failure) {
                throw failure;
            }
            throw new DriverException(DriverErrorCode.IO, 0, verb, target, String.valueOf(e.getCause()), e);
        }
    }
}

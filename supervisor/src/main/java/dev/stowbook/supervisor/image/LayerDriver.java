package dev.stowbook.supervisor.image;

import dev.stowbook.linux.Fd;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.graph.AppliedDiff;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.CommitRequest;
import dev.stowbook.spi.graph.DiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerEntry;
import dev.stowbook.spi.graph.LayerTarget;
import java.util.List;

/** What the content store asks of a graph driver. It never touches the driver's directories itself. */
public interface LayerDriver {

    /** {@link GraphDriver#applyDiff}. */
    AppliedDiff applyDiff(ApplyDiffRequest request) throws DriverException;

    /** {@link GraphDriver#commit}. */
    AppliedDiff commit(CommitRequest request) throws DriverException;

    /** {@link GraphDriver#diff}. */
    void diff(DiffRequest request) throws DriverException;

    /** {@link GraphDriver#view}; the caller closes it. */
    Fd view(LayerTarget target) throws DriverException;

    /** {@link GraphDriver#inspect}. */
    Inspection inspect(LayerTarget target) throws DriverException;

    /** {@link GraphDriver#list}. */
    List<LayerEntry> list() throws DriverException;

    /** {@link GraphDriver#remove}. */
    void remove(LayerTarget target) throws DriverException;

    /** Calls a driver on the calling thread. */
    static LayerDriver of(GraphDriver driver) {
        return new LayerDriver() {
            @Override
            public AppliedDiff applyDiff(ApplyDiffRequest request) throws DriverException {
                return driver.applyDiff(request);
            }

            @Override
            public AppliedDiff commit(CommitRequest request) throws DriverException {
                return driver.commit(request);
            }

            @Override
            public void diff(DiffRequest request) throws DriverException {
                driver.diff(request);
            }

            @Override
            public Fd view(LayerTarget target) throws DriverException {
                return Fd.own(driver.view(target).mountFd());
            }

            @Override
            public Inspection inspect(LayerTarget target) throws DriverException {
                return driver.inspect(target);
            }

            @Override
            public List<LayerEntry> list() throws DriverException {
                return driver.list();
            }

            @Override
            public void remove(LayerTarget target) throws DriverException {
                driver.remove(target);
            }
        };
    }
}

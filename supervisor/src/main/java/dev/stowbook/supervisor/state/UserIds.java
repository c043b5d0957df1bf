package dev.stowbook.supervisor.state;

import dev.stowbook.supervisor.model.IdPool;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.model.PodId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * Which pod has which of the host's ids.
 *
 * @param pool where ranges are taken from; the newest daemon's
 * @param held first id of a range to the pod that has it
 * @param lastFirst the first id of the range given last; the next search begins behind it, so that ids are not used again at once
 */
public record UserIds(IdPool pool, PSortedMap<Long, PodId> held, long lastFirst) {

    static UserIds none() {
        return new UserIds(IdPool.none(), TreePMap.empty(), -1);
    }

    UserIds withPool(IdPool value) {
        return new UserIds(value, held, lastFirst);
    }

    UserIds hold(IdRange range, PodId pod) {
        return new UserIds(pool, held.plus(range.first(), pod), range.first());
    }

    UserIds release(IdRange range) {
        return new UserIds(pool, held.minus(range.first()), lastFirst);
    }

    /** The range that the next pod gets, or empty if all are held. */
    public Optional<IdRange> next() {
        return next(1).stream().findFirst();
    }

    /** The ranges that the next pods get, in this order; fewer if there are no more. */
    public List<IdRange> next(int count) {
        List<IdRange> found = new ArrayList<>();
        int begin = (int) Math.clamp((lastFirst - pool.first()) / IdRange.OF_A_POD + 1, 0, Math.max(0, pool.ranges()));
        for (int tried = 0; tried < pool.ranges() && found.size() < count; tried++) {
            IdRange candidate = pool.range((begin + tried) % pool.ranges());
            if (free(candidate)) {
                found.add(candidate);
            }
        }
        return List.copyOf(found);
    }

    /** The pool may have moved since a range was given, so a held one need not begin where one of the pool does. */
    private boolean free(IdRange candidate) {
        return held.subMap(candidate.first() - IdRange.OF_A_POD + 1, candidate.end()).isEmpty()
                && pool.others().stream().noneMatch(candidate::overlaps);
    }
}

package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.IdRange;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.state.State;
import java.util.Optional;
import java.util.OptionalInt;

/** Which of the host's ids a new pod gets as its own users. */
final class Users {
    private Users() {}

    /** The next free range, or none if its users are the host's. */
    static Optional<IdRange> of(State state, PodSpec spec) {
        if (!spec.ownUsers()) {
            return Optional.empty();
        }
        for (ContainerSpec container : spec.containers()) {
            refuseBeyond(spec, container, "runAsUser", container.security().runAsUser());
            refuseBeyond(spec, container, "runAsGroup", container.security().runAsGroup());
        }
        return Optional.of(state.instance().users().next().orElseThrow(() -> Draft.reject(
                ErrorCode.CONFLICT,
                "pod " + spec.name() + ": all " + state.instance().users().pool().ranges()
                        + " ranges of user ids are taken, by pods or by others in /etc/subuid and /etc/subgid: remove pods, raise users.ranges "
                        + "in the configuration, or set hostUsers: true")));
    }

    private static void refuseBeyond(PodSpec pod, ContainerSpec container, String field, OptionalInt id) {
        if (id.isPresent() && id.getAsInt() >= IdRange.OF_A_POD) {
            throw Draft.reject(
                    ErrorCode.INVALID,
                    "pod " + pod.name() + ", container " + container.name() + ": " + field + " " + id.getAsInt()
                            + " is beyond the pod's own users, which end at " + (IdRange.OF_A_POD - 1)
                            + "; choose a smaller one, or set hostUsers: true");
        }
    }
}

package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.http.why.Explainer;
import dev.stowbook.supervisor.http.why.Subject;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.state.State;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.Set;

/** {@code /v1/why/{ref}}. */
final class WhyRoutes {
    private final Backend backend;
    private final Explainer explainer;

    WhyRoutes(Backend backend) {
        this.backend = backend;
        this.explainer = new Explainer(backend.services().log(), backend.services().format());
    }

    void add(RouteTable routes) {
        routes.json(HttpMethod.GET, "/v1/why/:ref", Set.of("type"), this::why);
    }

    private Future<JsonAnswer> why(Call call) {
        String ref = call.ref();
        Set<Subject.Kind> kinds = Subject.Kind.parse(call.text("type").orElse(null))
                .orElseThrow(() -> ApiProblem.invalid("the parameter type is container, pod, image, network or volume"));
        State state = backend.state();
        return backend.work(() -> explainer.explain(state, ref, kinds)
                .map(JsonAnswer::ok)
                .orElseThrow(() -> ApiProblem.of(ErrorCode.NOT_FOUND, "there is no " + call.text("type").orElse("container, pod, image, network or volume")
                        + " " + ref + ", and the book knows of none that was removed")));
    }
}

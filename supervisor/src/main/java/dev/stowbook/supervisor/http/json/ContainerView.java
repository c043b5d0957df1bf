package dev.stowbook.supervisor.http.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.decide.Signals;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.model.PortSpec;
import dev.stowbook.supervisor.model.PublishedPort;
import dev.stowbook.supervisor.state.Container;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.List;
import java.util.Locale;

/** A container as the API shows it. */
final class ContainerView {
    private ContainerView() {}

    static ObjectNode of(State state, Pod pod, Container container) {
        Container.Definition definition = container.definition();
        ObjectNode json = Json.object()
                .put("id", container.id().value())
                .put("ref", pod.spec().name() + "/" + container.name())
                .put("podId", pod.id().value())
                .put("pod", pod.spec().name())
                .put("name", container.name())
                .put("image", definition.image())
                .put("imageId", definition.imageId())
                .put("state", state(container));
        pod.spec().containers().stream()
                .filter(spec -> spec.name().equals(container.name()))
                .flatMap(spec -> spec.pin().stream())
                .forEach(pin -> {
                    ObjectNode locked = json.putObject("locked");
                    pin.manifest().ifPresent(manifest -> locked.put("manifest", manifest));
                    locked.put("tree", pin.tree());
                });
        end(json, pod, container);
        container.running().ifPresent(running -> json.put("pid", running.process().pid()));
        container.startedAt().ifPresent(at -> json.put("startedAt", at.toString()));
        json.put("createdAt", definition.createdAt().toString()).put("restarts", Math.max(0, container.attempt() - 1));
        container.nextStartAt().or(pod::nextStartAt).ifPresent(at -> json.put("nextStartAt", at.toString()));
        pod.network().address().ifPresent(address -> json.put("address", address));
        json.set("ports", ports(pod, container));
        json.set("mounts", VolumeViews.ofContainer(state, container));
        json.set("command", Json.texts(definition.process().argv()));
        json.put("tty", definition.options().terminal().tty()).put("stdin", definition.options().terminal().stdin());
        container.running().ifPresent(running -> json.set("namespaces", Views.numbers(running.namespaces())));
        return json;
    }

    private static String state(Container container) {
        return switch (container.phase()) {
            case CREATED -> "created";
            case STARTING -> "starting";
            case RUNNING -> container.stop().isPresent() ? "stopping" : container.paused() ? "paused" : "running";
            case WAITING -> "waiting";
            case EXITED -> "exited";
        };
    }

    /** How it ended, unless it runs again. */
    private static void end(ObjectNode json, Pod pod, Container container) {
        boolean ended = container.phase() == Container.Phase.EXITED || container.phase() == Container.Phase.WAITING;
        if (ended && container.exit().isPresent()) {
            ExitStatus exit = container.exit().get();
            json.put("exitCode", exit.code());
            exit.signal().ifPresent(number -> json.put("signal", signal(number)));
            json.put("finishedAt", exit.finishedAt().toString());
        }
        json.put("oomKilled", container.oomKilled());
        String error = ended ? container.exit().map(ExitStatus::message).orElse("") : pod.startFailure().orElse("");
        if (!error.isEmpty()) {
            json.put("error", error);
        }
    }

    static String signal(int number) {
        return Signals.name(Integer.toString(number)).orElse(Integer.toString(number));
    }

    private static ArrayNode ports(Pod pod, Container container) {
        List<PortSpec> own = pod.spec().containers().stream()
                .filter(spec -> spec.name().equals(container.name()))
                .flatMap(spec -> spec.ports().stream())
                .toList();
        ArrayNode array = Json.array();
        for (PublishedPort port : pod.ports()) {
            if (own.stream().anyMatch(p -> p.containerPort() == port.containerPort() && p.count() == port.count() && p.protocol() == port.protocol())) {
                ObjectNode published = array.addObject()
                        .put("hostAddress", port.hostAddress())
                        .put("hostPort", port.hostPort())
                        .put("containerPort", port.containerPort());
                if (port.count() > 1) {
                    published.put("count", port.count());
                }
                published.put("protocol", port.protocol().name().toLowerCase(Locale.ROOT));
            }
        }
        return array;
    }
}

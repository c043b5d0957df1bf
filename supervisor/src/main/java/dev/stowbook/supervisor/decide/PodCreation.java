package dev.stowbook.supervisor.decide;

import dev.stowbook.supervisor.event.ContainerEvent;
import dev.stowbook.supervisor.event.PodEvent;
import dev.stowbook.supervisor.model.ContainerId;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.EndpointSpec;
import dev.stowbook.supervisor.model.EnvVar;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.ImageRun;
import dev.stowbook.supervisor.model.NetworkMode;
import dev.stowbook.supervisor.model.PodId;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PortSpec;
import dev.stowbook.supervisor.model.ProcessConfig;
import dev.stowbook.supervisor.model.PublishedPort;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.state.Pod;
import dev.stowbook.supervisor.state.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes pods from their manifests: allocates what is unique, puts manifest and image together. */
final class PodCreation {
    private static final String DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private PodCreation() {}

    static PodId createAndStart(Draft draft, PodSpec spec) {
        sharing(draft.state(), spec);
        PodId id = create(draft, spec);
        start(draft, id);
        return id;
    }

    static void start(Draft draft, PodId id) {
        Pod pod = draft.state().pod(id);
        draft.emit(new PodEvent.PodStarting(
                id, pod.generation() + 1, sharing(draft.state(), pod.spec()), Steps.startPod(draft.state(), pod)));
    }

    /** The pod in whose network namespace it is to live, which must have one. */
    static Optional<PodId> sharing(State state, PodSpec pod) {
        Optional<String> name = pod.networking().sharedWith();
        if (pod.networking().mode() != NetworkMode.SHARED || name.isEmpty()) {
            return Optional.empty();
        }
        Pod owner = state.podNamed(name.get())
                .orElseThrow(() -> Draft.reject(
                        ErrorCode.NOT_FOUND,
                        "pod " + pod.name() + " is to share the network of pod " + name.get() + ", which there is not"));
        boolean has = owner.phase() == Pod.Phase.STARTING || owner.phase() == Pod.Phase.RUNNING;
        if (!has || owner.spec().networking().mode() == NetworkMode.SHARED) {
            throw Draft.reject(
                    ErrorCode.CONFLICT,
                    "pod " + pod.name() + " is to share the network of pod " + name.get()
                            + (has ? ", which has none of its own: name the pod that has it" : ", which does not run: start it first"));
        }
        return Optional.of(owner.id());
    }

    /** Refuses before it emits anything, so that a draft that goes on after a refusal holds nothing by halves. */
    private static PodId create(Draft draft, PodSpec spec) {
        List<StoredImage> images = spec.containers().stream()
                .map(container -> image(draft.state(), spec, container))
                .toList();
        List<ProcessConfig> processes = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
            processes.add(process(spec.containers().get(i), images.get(i).run()));
        }
        VolumeBinding.check(draft.state(), spec, images);
        PodId id = new PodId(draft.inputs().newId());
        List<EndpointSpec> endpoints = Endpoints.of(draft, spec);
        List<PublishedPort> ports = ports(draft.state(), spec);
        draft.emit(new PodEvent.PodCreated(
                id, spec, spec.hostname().orElse(spec.name()), endpoints, ports, Users.of(draft.state(), spec)));
        for (int i = 0; i < images.size(); i++) {
            container(draft, id, spec.containers().get(i), images.get(i), processes.get(i));
        }
        VolumeBinding.bind(draft, id, spec, images);
        return id;
    }

    private static void container(
            Draft draft, PodId pod, ContainerSpec spec, StoredImage image, ProcessConfig process) {
        draft.emit(new ContainerEvent.ContainerCreated(
                new ContainerId(draft.inputs().newId()),
                pod,
                spec.name(),
                spec.image(),
                image.id(),
                process,
                spec.resources(),
                spec.process(),
                spec.security(),
                draft.inputs().newId(),
                image.layers().isEmpty() ? "" : image.layers().getLast().cacheId()));
    }

    private static StoredImage image(State state, PodSpec pod, ContainerSpec container) {
        return Images.of(state, container)
                .orElseThrow(() -> Draft.reject(ErrorCode.NOT_FOUND, Images.missing(pod, container)));
    }

    private static List<PublishedPort> ports(State state, PodSpec spec) {
        List<PublishedPort> ports = new ArrayList<>();
        for (ContainerSpec container : spec.containers()) {
            for (PortSpec port : container.ports()) {
                if (port.hostPort().isPresent()) {
                    PublishedPort published = new PublishedPort(
                            port.hostAddress().orElse("127.0.0.1"),
                            port.hostPort().getAsInt(),
                            port.containerPort(),
                            port.count(),
                            port.protocol());
                    refuseTaken(state, spec, ports, published);
                    ports.add(published);
                }
            }
        }
        return ports;
    }

    private static void refuseTaken(State state, PodSpec spec, List<PublishedPort> own, PublishedPort port) {
        Optional<String> holder = state.publisherOf(port)
                .map(id -> state.pod(id).spec().name())
                .or(() -> own.stream().anyMatch(port::clashesWith) ? Optional.of(spec.name()) : Optional.empty());
        if (holder.isPresent()) {
            throw Draft.reject(
                    ErrorCode.CONFLICT,
                    "pod " + spec.name() + ": port " + port.hostPorts() + " on " + port.hostAddress()
                            + " is published by pod " + holder.get() + "; choose another hostPort");
        }
    }

    /** Manifest over image, as Kubernetes does: a command drops the image's command, args alone keep its entrypoint. */
    static ProcessConfig process(ContainerSpec spec, ImageRun image) {
        List<String> argv = new ArrayList<>(spec.command().isEmpty() ? image.entrypoint() : spec.command());
        if (!spec.args().isEmpty()) {
            argv.addAll(spec.args());
        } else if (spec.command().isEmpty()) {
            argv.addAll(image.cmd());
        }
        if (argv.isEmpty()) {
            throw Draft.reject(
                    ErrorCode.INVALID,
                    "container " + spec.name() + ": neither the manifest nor image " + spec.image()
                            + " says what to run; set command");
        }
        String user = spec.security().runAsUser().isPresent()
                ? spec.security().runAsUser().getAsInt() + ":" + spec.security().runAsGroup().orElse(0)
                : image.user().orElse("0:0");
        return new ProcessConfig(
                argv,
                environment(spec, image),
                spec.workingDir().or(image::workingDir).filter(dir -> !dir.isEmpty()).orElse("/"),
                user,
                stopSignal(spec, image));
    }

    private static List<String> environment(ContainerSpec spec, ImageRun image) {
        Map<String, String> env = new LinkedHashMap<>();
        put(env, DEFAULT_PATH);
        image.env().forEach(variable -> put(env, variable));
        for (EnvVar variable : spec.env()) {
            put(env, variable.name() + "=" + variable.value());
        }
        return List.copyOf(env.values());
    }

    private static void put(Map<String, String> env, String variable) {
        int equals = variable.indexOf('=');
        env.put(equals < 0 ? variable : variable.substring(0, equals), equals < 0 ? variable + "=" : variable);
    }

    private static String stopSignal(ContainerSpec spec, ImageRun image) {
        String signal = spec.process().stopSignal().or(image::stopSignal).filter(name -> !name.isEmpty()).orElse("TERM");
        return Signals.name(signal)
                .orElseThrow(() -> Draft.reject(
                        ErrorCode.INVALID,
                        "container " + spec.name() + ": there is no signal " + signal + "; set stowbook.stopSignal to one of signal(7)"));
    }
}

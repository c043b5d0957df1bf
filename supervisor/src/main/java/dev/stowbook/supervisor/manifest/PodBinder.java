package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.EnvVar;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import dev.stowbook.supervisor.model.PortSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Checked values to records. Called only if nothing is wrong. */
final class PodBinder {
    private static final long DEFAULT_GRACE_SECONDS = 30;

    private final Problems problems;

    PodBinder(Problems problems) {
        this.problems = problems;
    }

    PodSpec pod(Value.Fields document) {
        Value.Fields metadata = document.fields("metadata");
        Value.Fields spec = document.fields("spec");
        return new PodSpec(
                metadata.text("name").orElseThrow(),
                Collections.unmodifiableSortedMap(new TreeMap<>(metadata.pairs("labels"))),
                spec.text("hostname"),
                restartPolicy(spec.text("restartPolicy").orElse("Always")),
                Duration.ofSeconds(spec.whole("terminationGracePeriodSeconds").orElse(DEFAULT_GRACE_SECONDS)),
                ProcessBinder.namespaces(spec),
                spec.objects("containers").stream().map(container -> container(spec, container)).toList(),
                spec.truth("hostUsers"),
                spec.objects("volumes").stream().map(volume -> VolumeBinder.volume(volume, problems)).toList(),
                NetworkBinder.pod(spec),
                Limits.of(spec, true, problems));
    }

    /** The images of a pod's containers. */
    static List<PullWish> images(Value.Fields document) {
        String pod = document.fields("metadata").text("name").orElseThrow();
        return document.fields("spec").objects("containers").stream()
                .map(container -> new PullWish(
                        pod,
                        container.text("name").orElseThrow(),
                        container.text("image").orElseThrow(),
                        PullWish.Policy.of(container.text("imagePullPolicy").orElse(""))))
                .toList();
    }

    private static RestartPolicy restartPolicy(String word) {
        return switch (word) {
            case "Never" -> RestartPolicy.NEVER;
            case "OnFailure" -> RestartPolicy.ON_FAILURE;
            default -> RestartPolicy.ALWAYS;
        };
    }

    private ContainerSpec container(Value.Fields pod, Value.Fields container) {
        Map<String, String> variables = new HashMap<>();
        List<EnvVar> env = new ArrayList<>();
        for (Value.Fields variable : container.objects("env")) {
            String name = variable.text("name").orElseThrow();
            String value = Expansion.expand(variable.text("value").orElse(""), variables);
            variables.put(name, value);
            env.add(new EnvVar(name, value));
        }
        return new ContainerSpec(
                container.text("name").orElseThrow(),
                container.text("image").orElseThrow(),
                expanded(container.texts("command"), variables),
                expanded(container.texts("args"), variables),
                env,
                container.text("workingDir"),
                Stream.concat(container.objects("ports").stream(), container.fields("stowbook").objects("portRanges").stream())
                        .map(PodBinder::port)
                        .toList(),
                Limits.of(container, true, problems),
                ProcessBinder.process(pod, container),
                security(pod.fields("securityContext"), container.fields("securityContext")),
                container.objects("volumeMounts").stream().map(VolumeBinder::mount).toList(),
                Optional.empty());
    }

    private static List<String> expanded(List<Value.Text> texts, Map<String, String> variables) {
        return texts.stream().map(text -> Expansion.expand(text.text(), variables)).toList();
    }

    /** A port or a range of them, which has an {@code endPort}. */
    private static PortSpec port(Value.Fields port) {
        int first = port.whole("containerPort").orElseThrow().intValue();
        return new PortSpec(
                port.text("name"),
                first,
                port.whole("endPort").orElse((long) first).intValue() - first + 1,
                number(port.whole("hostPort")),
                port.text("hostIP"),
                PortSpec.Protocol.valueOf(port.text("protocol").orElse("TCP")));
    }

    private static SecuritySpec security(Value.Fields pod, Value.Fields security) {
        Value.Fields capabilities = security.fields("capabilities");
        return new SecuritySpec(
                number(security.whole("runAsUser").or(() -> pod.whole("runAsUser"))),
                number(security.whole("runAsGroup").or(() -> pod.whole("runAsGroup"))),
                security.truth("readOnlyRootFilesystem").orElse(false),
                security.truth("allowPrivilegeEscalation").orElse(true),
                capabilities.texts("add").stream().map(Value.Text::text).toList(),
                capabilities.texts("drop").stream().map(Value.Text::text).toList());
    }

    private static OptionalInt number(Optional<Long> number) {
        return number.isPresent() ? OptionalInt.of(number.get().intValue()) : OptionalInt.empty();
    }
}

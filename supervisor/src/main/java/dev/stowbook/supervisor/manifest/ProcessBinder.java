package dev.stowbook.supervisor.manifest;

import dev.stowbook.supervisor.model.DeviceSpec;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.NamespaceSpec.Choice;
import dev.stowbook.supervisor.model.NamespaceSpec.Sharing;
import dev.stowbook.supervisor.model.ProcessSpec;
import dev.stowbook.supervisor.model.SeccompSpec;
import dev.stowbook.supervisor.model.TerminalSpec;
import dev.stowbook.supervisor.model.Ulimit;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/** What a process is and may do, to records. Called only if nothing is wrong. */
final class ProcessBinder {
    private ProcessBinder() {}

    static NamespaceSpec namespaces(Value.Fields spec) {
        Value.Fields own = spec.fields("stowbook");
        TreeMap<String, String> sysctls = new TreeMap<>();
        for (Value.Fields sysctl : spec.fields("securityContext").objects("sysctls")) {
            sysctls.put(sysctl.text("name").orElseThrow(), sysctl.text("value").orElseThrow());
        }
        return new NamespaceSpec(
                choice(own, "joinPid", spec.truth("hostPID").orElse(false),
                        spec.truth("shareProcessNamespace").orElse(false) ? Sharing.POD : Sharing.CONTAINER),
                choice(own, "joinIpc", spec.truth("hostIPC").orElse(false), Sharing.POD),
                choice(own, "joinUts", own.truth("hostUTS").orElse(false), Sharing.POD),
                own.text("domainname"),
                sysctls);
    }

    private static Choice choice(Value.Fields own, String join, boolean host, Sharing otherwise) {
        return own.text(join).map(Choice::joined).orElse(Choice.of(host ? Sharing.HOST : otherwise));
    }

    /** A container's word counts; where it says nothing, its pod's does. */
    static ProcessSpec process(Value.Fields pod, Value.Fields container) {
        Value.Fields ofPod = pod.fields("securityContext");
        Value.Fields security = container.fields("securityContext");
        Value.Fields own = container.fields("stowbook");
        List<Integer> groups = new ArrayList<>(numbers(ofPod, "supplementalGroups"));
        numbers(own, "supplementalGroups").stream().filter(group -> !groups.contains(group)).forEach(groups::add);
        return new ProcessSpec(
                groups,
                security.truth("runAsNonRoot").or(() -> ofPod.truth("runAsNonRoot")).orElse(false),
                own.whole("oomScoreAdj").map(score -> OptionalInt.of(score.intValue())).orElse(OptionalInt.empty()),
                ulimits(own),
                seccomp(security.values().containsKey("seccompProfile") ? security : ofPod, own.fields("seccomp")),
                own.objects("devices").stream().map(ProcessBinder::device).toList(),
                own.truth("init").orElse(false),
                new TerminalSpec(
                        container.truth("tty").orElse(false),
                        container.truth("stdin").orElse(false),
                        container.truth("stdinOnce").orElse(false)),
                own.text("stopSignal"));
    }

    private static List<Integer> numbers(Value.Fields object, String name) {
        return object.wholes(name).stream().map(whole -> (int) whole.number()).toList();
    }

    static List<Ulimit> ulimits(Value.Fields own) {
        return own.objects("ulimits").stream().map(ProcessBinder::limit).toList();
    }

    private static Ulimit limit(Value.Fields limit) {
        OptionalLong soft = amount(limit, "soft");
        return new Ulimit(
                limit.text("name").orElseThrow(), soft, limit.values().containsKey("hard") ? amount(limit, "hard") : soft);
    }

    private static OptionalLong amount(Value.Fields limit, String name) {
        return limit.whole(name).map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    private static SeccompSpec seccomp(Value.Fields security, Value.Fields changes) {
        Value.Fields profile = security.fields("seccompProfile");
        return new SeccompSpec(
                switch (profile.text("type").orElse("RuntimeDefault")) {
                    case "Localhost" -> SeccompSpec.Type.LOCALHOST;
                    case "Unconfined" -> SeccompSpec.Type.UNCONFINED;
                    default -> SeccompSpec.Type.RUNTIME_DEFAULT;
                },
                profile.text("localhostProfile").orElse(""),
                changes.texts("allow").stream().map(Value.Text::text).toList(),
                changes.texts("deny").stream().map(Value.Text::text).toList());
    }

    private static DeviceSpec device(Value.Fields device) {
        String name = device.text("device").orElseThrow();
        return new DeviceSpec(name, device.text("path").orElse(name), device.text("access").orElse("rwm"));
    }
}

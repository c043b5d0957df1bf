package dev.stowbook.supervisor.manifest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the field table cannot say of processes: choices that exclude each other, parameters that are the whole host's. */
final class ProcessRules {
    /** Parameters of network and IPC namespaces: namespaces(7), ipc_namespaces(7), sysctl/net.rst. The keeper holds the same list. */
    private static final List<String> OF_IPC = List.of("fs.mqueue.", "kernel.msg", "kernel.shm", "kernel.sem");
    private static final String OF_NETWORK = "net.";

    private final Problems problems;

    ProcessRules(Problems problems) {
        this.problems = problems;
    }

    void pod(Value.Fields spec) {
        Value.Fields own = spec.fields("stowbook");
        excludes(own, "joinPid", spec, "hostPID");
        excludes(own, "joinPid", spec, "shareProcessNamespace");
        excludes(spec, "shareProcessNamespace", spec, "hostPID");
        excludes(own, "joinIpc", spec, "hostIPC");
        excludes(own, "joinUts", own, "hostUTS");
        hostUsers(spec, own);
        for (Value.Fields name : List.of(spec, own)) {
            for (String field : List.of("hostname", "domainname")) {
                if (name.values().containsKey(field) && foreignUts(own)) {
                    wrong(name, field, "has no effect where the host name is not the pod's own: take it out, or take "
                            + (own.values().containsKey("joinUts") ? "joinUts" : "hostUTS") + " out.");
                }
            }
        }
        seccomp(spec.fields("securityContext"));
        sysctls(spec, own);
    }

    /** Whoever mounts the proc or mqueue of a namespace needs rights in the users that own it, and a pod's own users are not those. */
    private void hostUsers(Value.Fields spec, Value.Fields own) {
        if (spec.truth("hostUsers").orElse(false)) {
            return;
        }
        for (String field : List.of("hostPID", "hostIPC")) {
            if (spec.truth(field).orElse(false)) {
                wrong(spec, field, "takes the host's users: add hostUsers: true.");
            }
        }
        for (String field : List.of("joinPid", "joinIpc")) {
            if (own.values().containsKey(field)) {
                wrong(own, field, "takes the host's users: add hostUsers: true.");
            }
        }
    }

    private static boolean foreignUts(Value.Fields own) {
        return own.truth("hostUTS").orElse(false) || own.values().containsKey("joinUts");
    }

    private void excludes(Value.Fields a, String field, Value.Fields b, String other) {
        boolean wanted = a.values().containsKey(field) && a.truth(field).orElse(true);
        if (wanted && b.truth(other).orElse(false)) {
            wrong(a, field, "excludes " + other + ": keep one of the two.");
        }
    }

    private void sysctls(Value.Fields spec, Value.Fields own) {
        boolean foreignIpc = spec.truth("hostIPC").orElse(false) || own.values().containsKey("joinIpc");
        Set<String> seen = new HashSet<>();
        for (Value.Fields sysctl : spec.fields("securityContext").objects("sysctls")) {
            String name = sysctl.text("name").orElse(OF_NETWORK);
            boolean ipc = OF_IPC.stream().anyMatch(name::startsWith);
            if (!seen.add(name) && sysctl.values().containsKey("name")) {
                wrong(sysctl, "name", "'" + name + "' is set twice: keep one.");
            } else if (!ipc && !name.startsWith(OF_NETWORK)) {
                wrong(sysctl, "name", "'" + Words.shortened(name) + "' belongs to the whole host, not to a container: set it on the host "
                        + "(a pod can have net.*, fs.mqueue.*, kernel.shm*, kernel.msg* and kernel.sem for itself).");
            } else if (ipc && foreignIpc) {
                wrong(sysctl, "name", "'" + name + "' would change IPC that is not the pod's own: take it out, or hostIPC and joinIpc.");
            }
        }
    }

    void container(Value.Fields container) {
        Value.Fields security = container.fields("securityContext");
        Value.Fields own = container.fields("stowbook");
        seccomp(security);
        if (security.truth("runAsNonRoot").orElse(false) && security.whole("runAsUser").orElse(1L) == 0) {
            wrong(security, "runAsUser", "is 0, which runAsNonRoot forbids: give another user id.");
        }
        if (container.truth("stdinOnce").orElse(false) && !container.truth("stdin").orElse(false)) {
            wrong(container, "stdinOnce", "says when standard input ends, but stdin is not open: add stdin: true.");
        }
        ulimits(own);
        calls(own.fields("seccomp"));
        paths(own);
    }

    private void seccomp(Value.Fields security) {
        Value.Fields profile = security.fields("seccompProfile");
        boolean local = profile.text("type").orElse("").equals("Localhost");
        if (local && profile.text("localhostProfile").isEmpty()) {
            wrong(profile, "type", "is Localhost, but localhostProfile is missing: name a file below the daemon's security.seccompProfiles.");
        } else if (!local && profile.text("localhostProfile").isPresent()) {
            wrong(profile, "localhostProfile", "counts only where type is Localhost: change the type, or take it out.");
        }
    }

    void ulimits(Value.Fields own) {
        Set<String> seen = new HashSet<>();
        for (Value.Fields limit : own.objects("ulimits")) {
            if (!seen.add(limit.text("name").orElse("?"))) {
                wrong(limit, "name", "'" + limit.text("name").orElse("") + "' is limited twice: keep one.");
            }
            boolean endless = limit.text("soft").isPresent();
            if (limit.whole("hard").isPresent() && (endless || limit.whole("soft").orElse(0L) > limit.whole("hard").get())) {
                wrong(limit, "soft", "is more than hard: make it at most that.");
            }
        }
    }

    private void calls(Value.Fields seccomp) {
        List<String> allowed = new ArrayList<>(seccomp.texts("allow").stream().map(Value.Text::text).toList());
        for (Value.Text denied : seccomp.texts("deny")) {
            if (allowed.contains(denied.text())) {
                problems.add(denied.place(), denied.path(), "'" + denied.text() + "' is allowed and denied: keep one.");
            }
        }
    }

    private void paths(Value.Fields own) {
        Map<String, Place> seen = new HashMap<>();
        for (Value.Fields device : own.objects("devices")) {
            String name = device.text("device").orElse("/dev/?");
            String path = device.text("path").orElse(name);
            if (!path.startsWith("/dev/")) {
                wrong(device, "device", "is a number, so path must say where its node is: add it, such as /dev/fuse.");
            } else if (seen.putIfAbsent(path, device.place()) != null) {
                wrong(device, device.text("path").isPresent() ? "path" : "device", "'" + Words.shortened(path) + "' is taken on line "
                        + seen.get(path).line() + ": choose another.");
            }
        }
    }

    private void wrong(Value.Fields object, String field, String sentence) {
        problems.add(object.placeOf(field), object.pathOf(field), sentence);
    }
}

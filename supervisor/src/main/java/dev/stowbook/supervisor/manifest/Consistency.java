package dev.stowbook.supervisor.manifest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the field table cannot say: names and ports that clash, limits that contradict each other. */
final class Consistency {
    /** capabilities(7), Linux 6.18; without CAP_. */
    private static final Set<String> CAPABILITIES = Set.of("AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE",
            "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN",
            "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID",
            "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME",
            "SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM", "ALL");

    private final Problems problems;
    private final Map<String, Place> pods = new HashMap<>();
    private final PortRules ports;

    Consistency(Problems problems) {
        this.problems = problems;
        this.ports = new PortRules(problems);
    }

    /** Looks at one document; called for each in order. */
    void look(Value.Fields document) {
        Value.Fields metadata = document.fields("metadata");
        once(pods, metadata, "name", "pod name");
        new VolumeConsistency(problems).look(document.fields("spec"));
        ports.pod(document.fields("spec"));
        ProcessRules processes = new ProcessRules(problems);
        processes.pod(document.fields("spec"));
        if (Limits.of(document.fields("spec"), true, problems).storageBytes().isPresent()) {
            Value.Fields limits = document.fields("spec").fields("resources").fields("limits");
            problems.add(limits.placeOf(ResourceTable.STORAGE), limits.pathOf(ResourceTable.STORAGE),
                    "a pod as a whole has no root file system: set it for each container.");
        }
        Map<String, Place> containers = new HashMap<>();
        Map<String, Place> portNames = new HashMap<>();
        for (Value.Fields container : document.fields("spec").objects("containers")) {
            once(containers, container, "name", "container name");
            Map<String, Place> variables = new HashMap<>();
            container.objects("env").forEach(variable -> once(variables, variable, "name", "variable"));
            for (Value.Fields port : container.objects("ports")) {
                once(portNames, port, "name", "port name");
            }
            command(container);
            processes.container(container);
            Limits.of(container, true, problems);
            Value.Fields capabilities = container.fields("securityContext").fields("capabilities");
            known(capabilities.texts("add"));
            known(capabilities.texts("drop"));
        }
    }

    private void once(Map<String, Place> seen, Value.Fields object, String field, String what) {
        object.text(field).ifPresent(name -> {
            Place place = object.placeOf(field);
            Place first = seen.putIfAbsent(name, place);
            if (first != null) {
                problems.add(place, object.pathOf(field), "the " + what + " '" + Words.shortened(name) + "' is taken on line " + first.line()
                        + ": choose another.");
            }
        });
    }

    private void command(Value.Fields container) {
        List<Value.Text> command = container.texts("command");
        if (!command.isEmpty() && command.get(0).text().isEmpty()) {
            problems.add(command.get(0).place(), command.get(0).path(), "names no program: the first item of a command is what is started.");
        }
    }

    private void known(List<Value.Text> capabilities) {
        for (Value.Text capability : capabilities) {
            if (!CAPABILITIES.contains(capability.text())) {
                String bare = capability.text().startsWith("CAP_") ? capability.text().substring(4) : capability.text();
                problems.add(capability.place(), capability.path(), "'" + Words.shortened(capability.text()) + "' is no capability"
                        + Suggestion.ending(bare, CAPABILITIES.stream().sorted().toList()));
            }
        }
    }
}

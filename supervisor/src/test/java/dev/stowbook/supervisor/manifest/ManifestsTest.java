package dev.stowbook.supervisor.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.stowbook.supervisor.model.Bound;
import dev.stowbook.supervisor.model.ContainerSpec;
import dev.stowbook.supervisor.model.EnvVar;
import dev.stowbook.supervisor.model.NamespaceSpec;
import dev.stowbook.supervisor.model.NetworkingSpec;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.PortSpec;
import dev.stowbook.supervisor.model.ProcessSpec;
import dev.stowbook.supervisor.model.ResourceSpec;
import dev.stowbook.supervisor.model.SecuritySpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ManifestsTest {
    static final Path EXAMPLES = Path.of(System.getProperty("stowbook.repository", "..")).resolve("examples");

    static List<PodSpec> pods(String yaml) {
        return switch (Manifests.read("m.yaml", yaml.getBytes(UTF_8))) {
            case ManifestResult.Pods pods -> pods.specs();
            case ManifestResult.Errors errors -> fail("refused: " + errors.errors());
        };
    }

    static List<ManifestError> errors(byte[] utf8) {
        return switch (Manifests.read("m.yaml", utf8)) {
            case ManifestResult.Pods pods -> fail("accepted: " + pods.specs());
            case ManifestResult.Errors errors -> errors.errors();
        };
    }

    private static void refused(String yaml, String... lines) {
        assertEquals(String.join("\n", lines), String.join("\n", errors(yaml.getBytes(UTF_8)).stream().map(ManifestError::toString).toList()));
    }

    /** A pod whose container has these lines more, from line 8. */
    private static String container(String... lines) {
        StringBuilder yaml = new StringBuilder("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: c\n      image: busybox\n");
        for (String line : lines) {
            yaml.append("      ").append(line).append('\n');
        }
        return yaml.toString();
    }

    @Test
    void theSmallestPodHasTheDefaults() {
        assertEquals(
                List.of(new PodSpec("p", new TreeMap<>(), Optional.empty(), PodSpec.RestartPolicy.ALWAYS, Duration.ofSeconds(30), NamespaceSpec.defaults(),
                        List.of(new ContainerSpec("c", "busybox", List.of(), List.of(), List.of(), Optional.empty(), List.of(), ResourceSpec.unlimited(),
                                ProcessSpec.defaults(), SecuritySpec.defaults(), List.of(), Optional.empty())), Optional.empty(), List.of(), NetworkingSpec.defaults(), ResourceSpec.unlimited())),
                pods(container()));
    }

    @Test
    void everyFieldReachesItsRecord() {
        PodSpec pod = pods("""
                apiVersion: v1
                kind: Pod
                metadata:
                  name: web-1
                  labels: {app: web, example.org/tier: "1"}
                spec:
                  hostname: inside
                  hostUsers: true
                  restartPolicy: OnFailure
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: main
                    image: example.org:5000/team/app:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
                    command: [/bin/app, $(MODE), $$(MODE), $(ELSE)]
                    args: ["--port", "8080"]
                    env:
                    - {name: MODE, value: fast}
                    - {name: BOTH, value: "$(MODE) and $(LATER)"}
                    - name: LATER
                    workingDir: /srv
                    imagePullPolicy: Never
                    ports:
                    - {name: http, containerPort: 80, hostPort: 8080, hostIP: 0.0.0.0, protocol: TCP}
                    - {containerPort: 53, protocol: UDP}
                    resources:
                      requests: {cpu: 250m}
                      limits: {cpu: 1.5, memory: 64Mi, stowbook.dev/memory-and-swap: 1e8, stowbook.dev/pids: 10, ephemeral-storage: 5Mi, stowbook.dev/cpuset: "0-1,3"}
                    securityContext:
                      runAsUser: 1000
                      runAsGroup: 100
                      readOnlyRootFilesystem: true
                      allowPrivilegeEscalation: false
                      capabilities: {add: [NET_ADMIN], drop: [ALL]}
                """).get(0);
        assertEquals(new PodSpec("web-1", new TreeMap<>(Map.of("app", "web", "example.org/tier", "1")), Optional.of("inside"),
                PodSpec.RestartPolicy.ON_FAILURE, Duration.ZERO, NamespaceSpec.defaults(),
                List.of(new ContainerSpec("main",
                        "example.org:5000/team/app:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                        List.of("/bin/app", "fast", "$(MODE)", "$(ELSE)"), List.of("--port", "8080"),
                        List.of(new EnvVar("MODE", "fast"), new EnvVar("BOTH", "fast and $(LATER)"), new EnvVar("LATER", "")), Optional.of("/srv"),
                        List.of(new PortSpec(Optional.of("http"), 80, OptionalInt.of(8080), Optional.of("0.0.0.0"), PortSpec.Protocol.TCP),
                                new PortSpec(Optional.empty(), 53, OptionalInt.empty(), Optional.empty(), PortSpec.Protocol.UDP)),
                        new ResourceSpec(
                                new ResourceSpec.Cpu(OptionalInt.of(256), OptionalLong.of(100_000), Optional.of(Bound.of(150_000)),
                                        OptionalLong.empty(), Optional.of("0-1,3"), Optional.empty()),
                                new ResourceSpec.Memory(Optional.of(Bound.of(64 << 20)), Optional.of(Bound.of(100_000_000)),
                                        OptionalLong.empty(), OptionalLong.empty(), Optional.empty(), OptionalInt.empty(), Optional.empty()),
                                new ResourceSpec.Io(OptionalInt.empty(), List.of()), Optional.of(Bound.of(10)), new TreeMap<>(),
                                OptionalLong.empty(), List.of(), OptionalLong.of(5 << 20)),
                        ProcessSpec.defaults(),
                        new SecuritySpec(OptionalInt.of(1000), OptionalInt.of(100), true, false, List.of("NET_ADMIN"), List.of("ALL")), List.of(), Optional.empty())), Optional.of(true), List.of(),
                NetworkingSpec.defaults(), ResourceSpec.unlimited()), pod);
    }

    @Test
    void allErrorsComeAtOnceEachWithItsPlace() {
        refused("""
                apiVersion: v2
                kind: Pod
                metadata:
                  name: Hello
                spec:
                  restartPolicy: onfailure
                  containers:
                    - name: web
                      imgae: busybox
                      ports:
                        - containerPort: 80
                          hostPort: 99999
                        - containerPort: "80"
                      volumeDevices: []
                      env:
                        - name: PORT
                          value: 8080
                        - name: FAST
                          value: yes
                      resources:
                        limits:
                          memory: 64MB
                      memory: 1
                      hostPort: 1
                """,
                "m.yaml:1:13: apiVersion: must be 'v1', but is 'v2'; did you mean 'v1'?",
                "m.yaml:4:9: metadata.name: must be 1 to 63 lower-case letters, digits and '-', with a letter or digit at both ends, but is 'Hello'.",
                "m.yaml:6:18: spec.restartPolicy: must be Always, OnFailure or Never, but is 'onfailure'; did you mean 'OnFailure'?",
                "m.yaml:8:7: spec.containers[0].image: is missing: add 'image', a text.",
                "m.yaml:9:7: spec.containers[0].imgae: is no field of this object; did you mean 'image'?",
                "m.yaml:12:21: spec.containers[0].ports[0].hostPort: must be a whole number from 1 to 65535, but is 99999.",
                "m.yaml:13:26: spec.containers[0].ports[1].containerPort: must be a whole number from 1 to 65535, but is text: take the quotes off.",
                "m.yaml:14:7: spec.containers[0].volumeDevices: is a field of Kubernetes that is not supported yet: take it out.",
                "m.yaml:17:18: spec.containers[0].env[0].value: must be text, but YAML reads 8080 as a number: put it in quotes, \"8080\".",
                "m.yaml:19:18: spec.containers[0].env[1].value: must be text, but YAML reads yes as true or false: put it in quotes, \"yes\".",
                "m.yaml:22:19: spec.containers[0].resources.limits.memory: '64MB' ends in 'MB', which is no unit: use one of Ki Mi Gi Ti Pi Ei, n u m k M G T P E,"
                        + " or none.",
                "m.yaml:23:7: spec.containers[0].memory: is no field of 'spec.containers[0]'; it belongs to spec.containers[].resources.limits.memory.",
                "m.yaml:24:7: spec.containers[0].hostPort: is no field of 'spec.containers[0]'; it belongs to spec.containers[].ports[].hostPort.");
    }

    @Test
    void duplicatesAreErrorsInAFieldInAListAndAcrossDocuments() {
        refused("""
                apiVersion: v1
                kind: Pod
                kind: Pod
                metadata: {name: one, labels: {a: x, a: y}}
                spec:
                  containers:
                  - {name: c, image: a, ports: [{containerPort: 1, hostPort: 80, name: x}], env: [{name: A}, {name: A}]}
                  - {name: c, image: a, ports: [{containerPort: 2, hostPort: 80, hostIP: 0.0.0.0, name: x}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: one}
                spec:
                  containers:
                  - {name: c, image: a, ports: [{containerPort: 1, hostPort: 80}, {containerPort: 1, hostPort: 80, protocol: UDP}]}
                """,
                "m.yaml:3:1: kind: stands here a second time, after line 2: keep one.",
                "m.yaml:4:38: metadata.labels.a: stands here a second time, after line 4: keep one.",
                "m.yaml:7:101: spec.containers[0].env[1].name: the variable 'A' is taken on line 7: choose another.",
                "m.yaml:8:12: spec.containers[1].name: the container name 'c' is taken on line 7: choose another.",
                "m.yaml:8:62: spec.containers[1].ports[0].hostPort: the host's port 80/TCP is taken on line 7: choose another.",
                "m.yaml:8:89: spec.containers[1].ports[0].name: the port name 'x' is taken on line 7: choose another.",
                "m.yaml:12:18: metadata.name: the pod name 'one' is taken on line 4: choose another.",
                "m.yaml:15:62: spec.containers[0].ports[0].hostPort: the host's port 80/TCP is taken on line 7: choose another.");
    }

    @Test
    void limitsThatContradictEachOtherAreErrors() {
        refused(container("resources:", "  requests: {cpu: 2, memory: 1Gi}",
                        "  limits: {cpu: 1, memory: 10Mi, stowbook.dev/memory-and-swap: 5Mi, stowbook.dev/cpuset: 0}"),
                "m.yaml:9:25: spec.containers[0].resources.requests.cpu: asks for more than limits.cpu allows: make it at most that.",
                "m.yaml:9:28: spec.containers[0].resources.requests.memory: is a field of Kubernetes that is not supported yet; only limits.memory has an effect"
                        + " on one host.",
                "m.yaml:10:70: spec.containers[0].resources.limits.stowbook.dev/memory-and-swap: is less than limits.memory: it counts memory and swap together,"
                        + " so make it at least that.",
                "m.yaml:10:96: spec.containers[0].resources.limits.stowbook.dev/cpuset: must be text, but YAML reads 0 as a number: put it in quotes, \"0\".");
        refused(container("resources: {limits: {cpu: 1m, memory: 0.5, stowbook.dev/memory-and-swap: 9Ei}}"),
                "m.yaml:8:33: spec.containers[0].resources.limits.cpu: is less than 10m, the least the kernel can enforce: write processors, such as 2, 0.5 or 100m.",
                "m.yaml:8:45: spec.containers[0].resources.limits.memory: is a fraction of a byte: write bytes, such as 64Mi or 1Gi.",
                "m.yaml:8:80: spec.containers[0].resources.limits.stowbook.dev/memory-and-swap: is more than a byte count can hold (2^63 - 1):"
                        + " write bytes, such as 64Mi or 1Gi.");
    }

    @Test
    void whatYamlVersionsReadDifferentlyMustBeQuotedToBeText() {
        for (String scalar : List.of("yes", "No", "on", "off", "true", "TRUE", "1_000", "0o17", "017", "0x1F", "1.10", "1e3", "1.5E-3", ".5", "-7", "~", "null", ".inf")) {
            List<ManifestError> errors = errors(container("args: [" + scalar + "]").getBytes(UTF_8));
            assertEquals(1, errors.size(), scalar + ": " + errors);
            assertEquals("spec.containers[0].args[0]", errors.get(0).path(), scalar);
            assertTrue(errors.get(0).message().contains("quotes, \"" + scalar + "\""), errors.toString());
            assertEquals(List.of(scalar), pods(container("args: ['" + scalar + "']")).get(0).containers().get(0).args());
        }
        for (String scalar : List.of("12:30", "2026-11-21", "y", "n", "1.2.3", "1e", "0o9", "e3", "truely", "-x", "--1")) {
            assertEquals(List.of(scalar), pods(container("args: [" + scalar + "]")).get(0).containers().get(0).args());
        }
        for (String number : List.of("0o17", "017", "1_000", "0x50", "12:30", "8e1", "80.0", "+80", "\"80\"")) {
            assertEquals("spec.containers[0].ports[0].containerPort", errors(container("ports: [{containerPort: " + number + "}]").getBytes(UTF_8)).get(0).path(), number);
        }
    }

    @Test
    void kindsAndDocumentsThatAreNoPodGetOneErrorEach() {
        refused("apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: 3}\n---\nkind: pod\n---\n- a\n---\nhello\n---\n\n---\nkind: Gadget\n",
                "m.yaml:2:7: kind: 'Deployment' of apps/v1 is not supported yet: write 'kind: Pod' with 'apiVersion: v1'.",
                "m.yaml:5:7: kind: 'pod' is no kind that is known; did you mean 'Pod'?",
                "m.yaml:7:1: a document must be an object with apiVersion, kind, metadata and spec.",
                "m.yaml:9:1: a document must be an object with apiVersion, kind, metadata and spec.",
                "m.yaml:13:7: kind: 'Gadget' is no kind that is known.");
        refused("", "m.yaml:1:1: holds no document: write at least one pod.");
        refused("# nothing\n---\n", "m.yaml:1:1: holds no document: write at least one pod.");
    }

    @Test
    void textThatIsNoYamlIsAnErrorWithItsPlace() {
        refused("apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n", "m.yaml:4:1: a tab stands where YAML wants spaces: indent with spaces.");
        assertEquals("3:4", place(errors("a: 1\nb: 2\n  c: [1\n".getBytes(UTF_8)).get(0)));
        assertEquals("2:4", place(errors(new byte[] {'a', ':', '\n', (byte) 0xc3, (byte) 0xa4, ':', ' ', (byte) 0xff, '\n'}).get(0)));
        assertTrue(errors("a: 1".getBytes(java.nio.charset.StandardCharsets.UTF_16)).get(0).message().contains("UTF-16"));
        assertTrue(errors("a: \u0001\n".getBytes(UTF_8)).get(0).toString().contains("m.yaml:1:4: holds the character U+0001"));
        assertTrue(errors(container("args: [\"a\\0b\"]").getBytes(UTF_8)).get(0).message().contains("NUL"));
        assertEquals(pods(container()), pods("\ufeff" + container()));
        assertEquals(pods(container()), pods(container().replace("\n", "\r\n")));
    }

    private static String place(ManifestError error) {
        return error.line() + ":" + error.column();
    }

    @Test
    void whatIsMeantToExhaustTheReaderIsRefusedQuickly() {
        StringBuilder laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 40; i++) {
            String before = "*a" + (i - 1);
            laughs.append("a").append(i).append(": &a").append(i).append(" [").append(String.join(", ", java.util.Collections.nCopies(10, before))).append("]\n");
        }
        long start = System.nanoTime();
        errors(laughs.toString().getBytes(UTF_8));
        errors("[".repeat(100_000).getBytes(UTF_8));
        errors(("a: " + "{b: ".repeat(10_000)).getBytes(UTF_8));
        errors(new byte[YamlDocuments.LARGEST_BYTES + 1]);
        errors(container("args: &a [*a]").getBytes(UTF_8));
        errors(container("env: &e [{name: A, value: &v [*v, *e]}]").getBytes(UTF_8));
        assertEquals(101, errors(container("args: [" + "1, ".repeat(4000) + "1]").getBytes(UTF_8)).size());
        errors(("kind: " + "a".repeat(500_000)).getBytes(UTF_8));
        errors(container("image: " + "a-".repeat(250) + "!").getBytes(UTF_8));
        StringBuilder many = new StringBuilder(container("command: &c [" + "a, ".repeat(4000) + "a]"));
        for (int i = 0; i < 40; i++) {
            many.append("    - {name: c").append(i).append(", image: a, command: *c, args: *c}\n");
        }
        assertTrue(errors(many.toString().getBytes(UTF_8)).get(0).message().contains("fewer aliases"));
        assertTrue(System.nanoTime() - start < 60_000_000_000L);
    }

    @Test
    void tagsMergeKeysAndOddKeysAreErrorsAndBuildNothing() {
        refused(container("args: [!!javax.script.ScriptEngineManager [x], !local y]", "<<: {image: b}", "? [a]", ": b"),
                "m.yaml:8:14: spec.containers[0].args[0]: has the tag 'tag:yaml.org,2002:javax.script.ScriptEngineManager'; tags are not supported: take it out.",
                "m.yaml:8:54: spec.containers[0].args[1]: has the tag '!local'; tags are not supported: take it out.",
                "m.yaml:9:7: spec.containers[0]: merge keys ('<<') are not supported: write the fields out.",
                "m.yaml:10:9: spec.containers[0]: a field's name must be text, not a list.");
        assertEquals(List.of("80"), pods(container("args: [!!str 80]")).get(0).containers().get(0).args());
        assertEquals(pods(container("args: [a]", "command: [a]")), pods(container("args: &x [a]", "command: *x")));
    }

    @Test
    void capabilitiesPortsAndAddressesAreChecked() {
        refused(container("securityContext: {privileged: true, capabilities: {add: [CAP_NET_ADMIN, NET_ADMN]}}", "imagePullPolicy: Sometimes",
                        "ports: [{containerPort: 1, hostIP: 1.2.3.4}, {containerPort: 0, hostPort: 1, hostIP: localhost, protocol: SCTP}]", "command: ['']", "workingDir: srv"),
                "m.yaml:8:25: spec.containers[0].securityContext.privileged: is a field of Kubernetes that is not supported yet; name what it needs instead: "
                        + "capabilities.add, stowbook.devices, stowbook.seccomp, spec.hostPID.",
                "m.yaml:8:64: spec.containers[0].securityContext.capabilities.add[0]: 'CAP_NET_ADMIN' is no capability; did you mean 'NET_ADMIN'?",
                "m.yaml:8:79: spec.containers[0].securityContext.capabilities.add[1]: 'NET_ADMN' is no capability; did you mean 'NET_ADMIN'?",
                "m.yaml:9:24: spec.containers[0].imagePullPolicy: must be Always, IfNotPresent or Never, but is 'Sometimes'.",
                "m.yaml:10:42: spec.containers[0].ports[0].hostIP: says where to publish, but hostPort is missing: add it, or take hostIP out.",
                "m.yaml:10:68: spec.containers[0].ports[1].containerPort: must be a whole number from 1 to 65535, but is 0.",
                "m.yaml:10:92: spec.containers[0].ports[1].hostIP: must be an address of the host such as 127.0.0.1 or ::1 (lower case, without zeros that can be left out); 0.0.0.0 is every address of IPv4, :: every one of IPv6, but is"
                        + " 'localhost'.",
                "m.yaml:10:113: spec.containers[0].ports[1].protocol: 'SCTP' is not supported yet: use TCP or UDP.",
                "m.yaml:11:17: spec.containers[0].command[0]: names no program: the first item of a command is what is started.",
                "m.yaml:12:19: spec.containers[0].workingDir: must be an absolute path, but is 'srv'.");
    }

    @Test
    void everyExampleIsRead() throws IOException {
        try (var files = Files.list(EXAMPLES)) {
            List<Path> yaml = files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
            assertTrue(yaml.size() >= 4, yaml.toString());
            for (Path file : yaml) {
                if (Manifests.read(file.getFileName().toString(), Files.readAllBytes(file)) instanceof ManifestResult.Errors errors) {
                    fail(errors.errors().toString());
                }
            }
        }
    }
}

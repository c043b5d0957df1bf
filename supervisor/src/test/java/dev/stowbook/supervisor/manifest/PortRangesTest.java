package dev.stowbook.supervisor.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.supervisor.model.PortSpec;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Ports of a container that follow one another. */
class PortRangesTest {
    private static final String POD = """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              %s
              containers:
                - name: c
                  image: busybox
                  ports: [{containerPort: 80, hostPort: 7100}]
                  stowbook: {portRanges: [%s]}
            """;

    private static String pod(String ranges) {
        return POD.formatted("restartPolicy: Never", ranges);
    }

    private static void refused(String yaml, String... lines) {
        assertEquals(
                String.join("\n", lines),
                String.join("\n", ManifestsTest.errors(yaml.getBytes(UTF_8)).stream().map(ManifestError::toString).toList()));
    }

    @Test
    void aRangeIsAPortWithACount() {
        List<PortSpec> ports = ManifestsTest.pods(pod(
                        "{containerPort: 7000, endPort: 7010, hostPort: 9000, hostIP: 0.0.0.0, protocol: UDP}, {containerPort: 5, endPort: 5, hostPort: 6}"))
                .getFirst().containers().getFirst().ports();
        assertEquals(List.of(
                new PortSpec(Optional.empty(), 80, OptionalInt.of(7100), Optional.empty(), PortSpec.Protocol.TCP),
                new PortSpec(Optional.empty(), 7000, 11, OptionalInt.of(9000), Optional.of("0.0.0.0"), PortSpec.Protocol.UDP),
                new PortSpec(Optional.empty(), 5, OptionalInt.of(6), Optional.empty(), PortSpec.Protocol.TCP)), ports);
    }

    @Test
    void whatMakesNoSenseIsRefusedWithItsPlace() {
        refused(pod("{containerPort: 7000, endPort: 6999, hostPort: 7000}"),
                "m.yaml:10:62: spec.containers[0].stowbook.portRanges[0].endPort: is before containerPort 7000: the last port comes last.");
        refused(pod("{containerPort: 1, endPort: 100, hostPort: 65500}"),
                "m.yaml:10:74: spec.containers[0].stowbook.portRanges[0].hostPort: leaves too few ports of the host: 100 from 65500 on end behind 65535;"
                        + " begin at 65436 at the latest.");
        refused(pod("{containerPort: 1, endPort: 100}"),
                "m.yaml:10:31: spec.containers[0].stowbook.portRanges[0].hostPort: is missing: add 'hostPort', a whole number, 1 to 65535.");
        refused(pod("{containerPort: 1, endPort: 5000, hostPort: 1}"),
                "m.yaml:10:59: spec.containers[0].stowbook.portRanges[0].endPort: makes 5000 ports in ranges; a pod publishes at most 4096 so:"
                        + " give each program the ports it needs, or use hostNetwork.");
    }

    @Test
    void portsOfTheHostThatAreWantedTwiceAreNamed() {
        refused(pod("{containerPort: 7000, endPort: 7200, hostPort: 7000}"),
                "m.yaml:10:78: spec.containers[0].stowbook.portRanges[0].hostPort: the host's port 7100/TCP is taken on line 9: choose another.");
        refused(pod("{containerPort: 1, endPort: 10, hostPort: 1}, {containerPort: 21, endPort: 30, hostPort: 6, hostIP: 0.0.0.0}"),
                "m.yaml:10:120: spec.containers[0].stowbook.portRanges[1].hostPort: the host's port 6-10/TCP is taken on line 10: choose another.");
        assertEquals(3, ManifestsTest.pods(pod(
                "{containerPort: 1, endPort: 10, hostPort: 1}, {containerPort: 1, endPort: 10, hostPort: 1, protocol: UDP}"))
                .getFirst().containers().getFirst().ports().size());
    }

    @Test
    void inTheHostsNetworkARangeIsWhereItIs() {
        refused(POD.formatted("hostNetwork: true", "{containerPort: 7000, endPort: 7010, hostPort: 9000}"),
                "m.yaml:9:45: spec.containers[0].ports[0].hostPort: must be the containerPort, since the pod is in the host's network.",
                "m.yaml:10:78: spec.containers[0].stowbook.portRanges[0].hostPort: must be the containerPort, since the pod is in the host's network.");
    }
}

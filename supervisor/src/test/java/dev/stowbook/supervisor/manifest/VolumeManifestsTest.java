package dev.stowbook.supervisor.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.model.MountSpec;
import dev.stowbook.supervisor.model.MountSpec.Propagation;
import dev.stowbook.supervisor.model.PodSpec;
import dev.stowbook.supervisor.model.VolumeSpec;
import dev.stowbook.supervisor.model.VolumeSpec.HostPathType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class VolumeManifestsTest {

    /** A pod with these items in volumeMounts and volumes, in YAML flow. */
    private static String yaml(String mounts, String volumes, String more) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: p}
                spec:
                  containers:
                    - name: c
                      image: busybox
                      %s
                      volumeMounts: [%s]
                  volumes: [%s]
                """.formatted(more, mounts, volumes);
    }

    private static void refused(String mounts, String volumes, String path, String words) {
        List<String> errors = ManifestsTest.errors(yaml(mounts, volumes, "").getBytes(UTF_8)).stream().map(ManifestError::toString).toList();
        assertTrue(errors.stream().anyMatch(error -> error.contains(" " + path + ": ") && error.contains(words)), errors::toString);
    }

    @Test
    void everyFieldReachesItsRecord() {
        PodSpec pod = ManifestsTest.pods(yaml(
                """
                {name: e, mountPath: /e}, {name: m, mountPath: /m, readOnly: true, recursiveReadOnly: Disabled},
                {name: h, mountPath: /h, readOnly: true, mountPropagation: HostToContainer}, {name: c, mountPath: /c, readOnly: true, subPath: a/b},
                {name: s, mountPath: /s, mountPropagation: Bidirectional}""",
                """
                {name: e, emptyDir: {}}, {name: m, emptyDir: {medium: Memory, sizeLimit: 2Mi}}, {name: h, hostPath: {path: /srv, type: DirectoryOrCreate}},
                {name: c, persistentVolumeClaim: {claimName: Data_1, readOnly: true}},
                {name: s, stowbook: {volume: more, driver: nas, options: {share: x}, sizeLimit: 1Gi, copy: false}}""",
                "securityContext: {capabilities: {add: [SYS_ADMIN]}}")).getFirst();
        assertEquals(List.of(
                new MountSpec("e", "/e", "", false, false, Propagation.NONE),
                new MountSpec("m", "/m", "", true, false, Propagation.NONE),
                new MountSpec("h", "/h", "", true, false, Propagation.HOST_TO_CONTAINER),
                new MountSpec("c", "/c", "a/b", true, true, Propagation.NONE),
                new MountSpec("s", "/s", "", false, false, Propagation.BIDIRECTIONAL)), pod.containers().getFirst().mounts());
        assertEquals(List.of(
                new VolumeSpec("e", Optional.of(new VolumeSpec.EmptyDir(false, OptionalLong.empty())), Optional.empty(), Optional.empty()),
                new VolumeSpec("m", Optional.of(new VolumeSpec.EmptyDir(true, OptionalLong.of(2 << 20))), Optional.empty(), Optional.empty()),
                new VolumeSpec("h", Optional.empty(), Optional.of(new VolumeSpec.HostPath("/srv", HostPathType.DIRECTORY_OR_CREATE)), Optional.empty()),
                new VolumeSpec("c", Optional.empty(), Optional.empty(), Optional.of(new VolumeSpec.Kept("Data_1", true, Optional.empty(), true))),
                new VolumeSpec("s", Optional.empty(), Optional.empty(), Optional.of(new VolumeSpec.Kept("more", false, Optional.of(
                        new VolumeSpec.Making("nas", new TreeMap<>(Map.of("share", "x")), OptionalLong.of(1 << 30))), false)))), pod.volumes());
    }

    @Test
    void whatContradictsItselfIsRefusedWithItsPlace() {
        String e = "{name: e, emptyDir: {}}";
        refused("", "{name: e}", "spec.volumes[0]", "does not say what it is");
        refused("", "{name: e, emptyDir: {}, hostPath: {path: /x}}", "spec.volumes[0].hostPath", "is one thing");
        refused("", e + ", " + e, "spec.volumes[1].name", "is taken on line");
        refused("", "{name: e, emptyDir: {sizeLimit: 1Mi}}", "spec.volumes[0].emptyDir.sizeLimit", "medium: Memory");
        refused("", "{name: e, emptyDir: {medium: Memory, sizeLimit: 1}}", "spec.volumes[0].emptyDir.sizeLimit", "less than 4Ki");
        refused("", "{name: e, configMap: {name: x}}", "spec.volumes[0].configMap", "not supported yet");
        refused("", "{name: e, stowbook: {volume: ../x}}", "spec.volumes[0].stowbook.volume", "a letter or digit");
        refused("{name: f, mountPath: /x}", e, "spec.containers[0].volumeMounts[0].name", "there is no volume 'f' in spec.volumes");
        refused("{name: e, mountPath: /x}, {name: e, mountPath: //x/}", e, "spec.containers[0].volumeMounts[1].mountPath", "is taken on line");
        refused("{name: e, mountPath: /x, recursiveReadOnly: Enabled}", e, "spec.containers[0].volumeMounts[0].recursiveReadOnly", "readOnly: true");
        refused("{name: e, mountPath: /x, mountPropagation: Bidirectional}", e, "spec.containers[0].volumeMounts[0].mountPropagation", "SYS_ADMIN");
        for (String path : List.of("/", "//", "x", "/..", "/../x", "/a/../b", "/a/.", "/./a")) {
            refused("{name: e, mountPath: '" + path + "'}", e, "spec.containers[0].volumeMounts[0].mountPath", "an absolute path");
        }
        for (String path : List.of("/a", "..", "../a", "a/..", "a/../b")) {
            refused("{name: e, mountPath: /x, subPath: '" + path + "'}", e, "spec.containers[0].volumeMounts[0].subPath", "relative to the volume");
        }
        for (String path : List.of("a", "/..", "/../etc", "/a/..")) {
            refused("", "{name: e, hostPath: {path: '" + path + "'}}", "spec.volumes[0].hostPath.path", "an absolute path");
        }
        ManifestsTest.pods(yaml("{name: e, mountPath: /a/..b/.c}", e, ""));
    }
}

package dev.stowbook.supervisor.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class PullWishTest {
    private static PullWish wish(String image) {
        return new PullWish("p", "c", image, PullWish.Policy.UNSAID);
    }

    @Test
    void latestIsWhatIsCalledSoOrCalledNothing() {
        for (String latest : List.of("busybox", "busybox:latest", "localhost:5000/a", "r.example/a/b:latest")) {
            assertTrue(wish(latest).latest(), latest);
        }
        for (String other : List.of("busybox:1", "localhost:5000/a:v1", "a@sha256:" + "0".repeat(64))) {
            assertFalse(wish(other).latest(), other);
        }
    }

    @Test
    void theWordsAreThoseOfKubernetes() {
        String yaml = """
                apiVersion: v1
                kind: Pod
                metadata: {name: p}
                spec:
                  containers:
                    - {name: a, image: x, imagePullPolicy: Always}
                    - {name: b, image: x, imagePullPolicy: IfNotPresent}
                    - {name: c, image: x, imagePullPolicy: Never}
                    - {name: d, image: x}
                """;
        ManifestResult.Pods pods = assertInstanceOf(ManifestResult.Pods.class, Manifests.read("-", yaml.getBytes()));
        assertEquals(
                List.of(PullWish.Policy.ALWAYS, PullWish.Policy.IF_NOT_PRESENT, PullWish.Policy.NEVER, PullWish.Policy.UNSAID),
                pods.images().stream().map(PullWish::policy).toList());
        assertEquals(List.of("a", "b", "c", "d"), pods.images().stream().map(PullWish::container).toList());
        assertInstanceOf(ManifestResult.Errors.class, Manifests.read("-", yaml.replace("Never", "never").getBytes()));
    }
}

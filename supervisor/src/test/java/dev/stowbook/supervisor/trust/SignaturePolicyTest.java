package dev.stowbook.supervisor.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.model.SignaturePolicy;
import dev.stowbook.supervisor.model.SignatureRule;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignaturePolicyTest {
    private static final SignaturePolicy POLICY = new SignaturePolicy(
            new SignatureRule.Reject(),
            new TreeMap<>(Map.of(
                    "docker.io", new SignatureRule.Accept(),
                    "docker.io/library/busybox", new SignatureRule.Require(List.of("k"), false),
                    "registry.example:5000/team", new SignatureRule.Accept(),
                    "registry.example:5000/team/secret", new SignatureRule.Reject())));

    @ParameterizedTest
    @CsvSource({
        "busybox, docker.io/library/busybox", "busybox:1.36, docker.io/library/busybox", "docker.io/busybox, docker.io/library/busybox",
        "index.docker.io/library/busybox:1, docker.io/library/busybox", "busyboxes, docker.io", "docker.io/library/busybox/more, docker.io/library/busybox",
        "someone/busybox, docker.io", "registry.example:5000/team/app, registry.example:5000/team", "registry.example:5000/team, registry.example:5000/team",
        "registry.example:5000/teams/app, ''", "registry.example/team/app, ''", "registry.example:5000/team/secret:1, registry.example:5000/team/secret",
        "localhost/team, ''", "docker.io.evil.example/library/busybox, ''"})
    void theLongestPrefixByPartsHolds(String name, String place) {
        assertEquals(place, POLICY.ruleOf(name).place());
        SignatureRule rule = place.isEmpty() ? POLICY.otherwise() : POLICY.byPrefix().get(place);
        assertEquals(rule, POLICY.ruleOf(name).rule());
        assertEquals(POLICY.ruleOf(name), POLICY.ruleOf(name.replaceFirst(":[^:/]*$", "") + "@sha256:" + "a".repeat(64)));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "busybox", "busybox:1.36", "a/b", "a/b/c:x", "localhost/a", "localhost:5000/a:1", "docker.io/a", "index.docker.io/a/b", "Host/a", "h.example/a/b/c:T_1",
        "[::1]:5000/a/b:9", "docker.io/library/busybox:latest"})
    void namesAreCompletedAsThoseThatPullDo(String name) {
        String digest = "@sha256:" + "a".repeat(64);
        assertEquals(ImageReference.parse(name).canonical().name(), SignaturePolicy.repositoryOf(name));
        assertEquals(ImageReference.parse(name + digest).canonical().name(), SignaturePolicy.repositoryOf(name + digest));
    }

    @Test
    void withoutAPolicyEverythingIsAccepted() {
        assertEquals(new SignaturePolicy.Found(new SignatureRule.Accept(), ""), SignaturePolicy.acceptAll().ruleOf("busybox"));
    }
}

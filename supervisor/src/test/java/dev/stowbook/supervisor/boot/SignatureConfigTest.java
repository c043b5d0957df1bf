package dev.stowbook.supervisor.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.model.SignatureRule;
import dev.stowbook.supervisor.trust.OpenSsl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignatureConfigTest {
    @TempDir
    private Path directory;

    private DaemonConfig read(String yaml) throws Exception {
        return DaemonConfig.read(Files.writeString(directory.resolve("c.yaml"), yaml));
    }

    @Test
    void rulesAreReadWithTheirKeys() throws Exception {
        OpenSsl openssl = new OpenSsl(directory);
        Path one = openssl.curve("one", "P-256");
        Path two = openssl.make("two", "-algorithm", "ED25519");
        Path both = Files.writeString(directory.resolve("both.pem"), Files.readString(one) + Files.readString(two));
        DaemonConfig config = read("""
                signatures:
                  default: {policy: reject}
                  most: 7
                  repositories:
                    docker.io: {policy: accept}
                    registry.example:5000/team: {policy: require, keys: [%s]}
                    localhost/app: {policy: require, needs: all, keys: ["%s", "%s"]}
                """.formatted(one, both, one));
        String first = openssl.fingerprint("one");
        String second = openssl.fingerprint("two");
        assertEquals(7, config.signatures().most());
        assertEquals(java.util.Set.of(first, second), config.signatures().keys().keySet());
        assertEquals(config.signatures().policy(), config.decisions().signatures());
        assertEquals(new SignatureRule.Reject(), config.signatures().policy().ruleOf("quay.io/x/y").rule());
        assertEquals(new SignatureRule.Accept(), config.signatures().policy().ruleOf("busybox").rule());
        assertEquals(new SignatureRule.Require(List.of(first), false), config.signatures().policy().ruleOf("registry.example:5000/team/app:1").rule());
        assertEquals(new SignatureRule.Require(List.of(first, second), true), config.signatures().policy().ruleOf("localhost/app").rule());
    }

    @Test
    void whatIsNoPolicyEndsTheStartWithASentence() throws Exception {
        OpenSsl openssl = new OpenSsl(directory);
        Path key = openssl.curve("one", "P-256");
        for (var each : Map.ofEntries(
                Map.entry("default: {policy: maybe}", "signatures.default.policy: maybe is none of accept, reject and require"),
                Map.entry("default: {policy: require}", "signatures.default.keys: the policy require needs a list"),
                Map.entry("default: {policy: require, keys: []}", "signatures.default.keys: it must be a list of values"),
                Map.entry("default: {policy: require, keys: " + key + "}", "signatures.default.keys: it must be a list of values"),
                Map.entry("default: {policy: require, keys: [relative.pem]}", "relative.pem cannot be read"),
                Map.entry("default: {policy: require, keys: [/nonexistent]}", "/nonexistent cannot be read"),
                Map.entry("default: {policy: require, keys: [" + directory.resolve("one.key") + "]}", "holds a \"PRIVATE KEY\""),
                Map.entry("default: {policy: require, needs: some, keys: [" + key + "]}", "signatures.default.needs: some is neither any"),
                Map.entry("default: {keys: [" + key + "]}", "signatures.default.policy: keys and needs belong to the policy require"),
                Map.entry("default: {polcy: reject}", "unknown key signatures.default.polcy"),
                Map.entry("most: 0", "signatures.most: 0 is not a whole number"),
                Map.entry("repositories: {busybox: {policy: reject}}", "signatures.repositories.busybox: this is no registry"),
                Map.entry("repositories: {team/app: {policy: reject}}", "signatures.repositories.team/app: this is no registry"),
                Map.entry("repositories: {\"quay.io/app:1\": {policy: reject}}", "this is no registry"),
                Map.entry("repositories: {quay.io/: {policy: reject}}", "this is no registry"),
                Map.entry("repositories: {docker.io/busybox: {policy: reject}}", "write it as"),
                Map.entry("repositories: {quay.io: {policy: never}}", "signatures.repositories.quay.io.policy: never is none of"),
                Map.entry("repositories: {quay.io: reject}", "signatures.repositories.quay.io must be a mapping")).entrySet()) {
            BootException e = assertThrows(BootException.class, () -> read("signatures:\n  " + each.getKey() + "\n"), each.getKey());
            assertTrue(e.getMessage().contains(each.getValue()) && e.getMessage().contains("c.yaml"), each.getKey() + ": " + e.getMessage());
        }
    }
}

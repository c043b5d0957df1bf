package dev.stowbook.supervisor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.http.json.Json;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.manifest.LockText;
import dev.stowbook.supervisor.model.ImageLock;
import dev.stowbook.supervisor.model.LockedImage;
import dev.stowbook.supervisor.model.StoredImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Locks through the API, above registries and trees that are made up. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LockRoutesTest {
    private static final String NAME = "registry.example/app";
    private static final StoredImage APP = FakeUploads.image((NAME + "@" + FakeLocks.INDEX).getBytes(StandardCharsets.UTF_8));

    @TempDir
    private Path directory;

    private Api api;

    @BeforeEach
    void open() throws Exception {
        api = new Api(directory);
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    private void has(StoredImage image, String... references) throws Exception {
        api.ask(new ImageCommand.RegisterImages(List.of(new ImageCommand.Arrival(image, List.of(references), "test"))));
    }

    private static LockedImage locked(String image, StoredImage stored, boolean pulled) {
        return new LockedImage(
                image, Platform.ofHost().toString(),
                pulled ? Optional.of(new LockedImage.Origin(NAME, Optional.of(FakeLocks.INDEX), FakeLocks.MANIFEST)) : Optional.empty(),
                stored.id(), List.of(stored.layers().getFirst().diffId()), stored.id());
    }

    private static String pod(String image, String more) {
        return Api.pod("held", more).replace("image: box", "image: " + image);
    }

    private UnixHttp.Response apply(String manifest, LockedImage... images) throws Exception {
        ObjectNode body = Json.object();
        body.putObject("manifest").put("name", "a.yaml").put("text", manifest);
        body.putObject("lock").put("name", "a.lock.yaml").put("text", LockText.yaml(new ImageLock(List.of(images))));
        return api.http.post("/v1/pods/locked", new String(Json.bytes(body), StandardCharsets.UTF_8));
    }

    private UnixHttp.Response lock(String image, String former) throws Exception {
        ObjectNode body = Json.object();
        body.putArray("manifests").addObject().put("text", pod(image, ""));
        if (!former.isEmpty()) {
            body.putObject("lock").put("text", former);
        }
        return api.http.post("/v1/images/lock", new String(Json.bytes(body), StandardCharsets.UTF_8));
    }

    private void refused(UnixHttp.Response answer, int status, String sentence) {
        assertEquals(status, answer.status(), answer.text());
        assertTrue(answer.text().contains("pod held, container main: image ") && answer.text().contains(sentence), answer.text());
    }

    @Test
    void i21_anImageThatIsHereUnderItsNameIsNotPulled() throws Exception {
        has(APP, NAME + ":old");
        assertEquals(200, apply(pod(NAME + ":1", ""), locked(NAME + ":1", APP, true)).status());
        assertEquals(List.of(), api.host.logins, "a registry was asked");
        assertEquals(APP.id(), api.container("held").definition().imageId());
    }

    @Test
    void i21_anImageThatIsHereUnderAnotherNameIsPulledAllTheSame() throws Exception {
        has(APP, "registry.example/apparel:1", "other:1");
        assertEquals(200, apply(pod(NAME + ":1", ""), locked(NAME + ":1", APP, true)).status());
        assertEquals(1, api.host.logins.size(), "nobody has asked the signature policy about " + NAME);
    }

    @Test
    void i21_whatMayNotBePulledHasToBeHere() throws Exception {
        has(APP, "other:1");
        refused(apply(pod(NAME + ":1", "imagePullPolicy: Never"), locked(NAME + ":1", APP, true)), 404, "imagePullPolicy is Never");
        has(APP, NAME + ":1");
        assertEquals(200, apply(pod(NAME + ":1", "imagePullPolicy: Never"), locked(NAME + ":1", APP, true)).status());
        assertEquals(List.of(), api.host.logins);
    }

    @Test
    void i21_anImageFromNoRegistryNeedsItsName() throws Exception {
        has(APP, "other:1");
        refused(apply(pod("mine:1", ""), locked("mine:1", APP, false)), 404, "stowbook image tag " + APP.id() + " mine:1");
        has(APP, "mine:2");
        assertEquals(200, apply(pod("mine:1", ""), locked("mine:1", APP, false)).status());
    }

    @Test
    void i21_aShortNameIsTheSameAsItsLongOne() throws Exception {
        has(APP, "box");
        assertEquals(200, apply(pod("box", ""), locked("docker.io/library/box:latest", APP, false)).status());
        refused(apply(pod("box", ""), locked("box:1", APP, false)), 409, "the lock a.lock.yaml does not name it");
    }

    @Test
    void i21_filesThatAreNotWhatTheyWereAreNotLockedButCompared() throws Exception {
        has(APP, "box");
        UnixHttp.Response first = lock("box", "");
        assertEquals(200, first.status(), first.text());
        String changed = "sha256:" + "7".repeat(64);
        api.locks.trees.put(APP.id(), changed);
        refused(lock("box", ""), 409, "come to the tree " + changed + ", and not to " + APP.id());
        String text = first.json().path("text").asText();
        assertEquals(changed, lock("box", text).json().path("differences").path(0).path("is").asText());
        assertEquals(APP.id(), api.loop.durableState().catalogue().trees().get(APP.id()), "a comparison is no new truth");
        assertEquals(200, apply(pod("box", ""), locked("box", APP, false)).status(), "known to be what the lock says");
    }

    @Test
    void i21_aLockKnowsBetterThanWhatWasTakenDownHere() throws Exception {
        has(APP, "box");
        api.locks.trees.put(APP.id(), "sha256:" + "7".repeat(64));
        assertEquals(200, lock("box", "").status());
        refused(apply(pod("box", ""), locked("box", APP, false)), 409, "its tree differs");
        api.locks.trees.remove(APP.id()); // fsck has mended it
        assertEquals(200, apply(pod("box", ""), locked("box", APP, false)).status());
        assertEquals(APP.id(), api.loop.durableState().catalogue().trees().get(APP.id()));
    }

    @Test
    void bodiesThatAreNoneAreRefused() throws Exception {
        for (String body : List.of("[]", "{}", "{\"manifest\":{\"text\":\"x\"}}", "{\"manifest\":1,\"lock\":{\"text\":\"x\"}}", "{\"manifests\":[]}", "x")) {
            assertEquals(400, api.http.post("/v1/pods/locked", body).status(), body);
            assertEquals(400, api.http.post("/v1/images/lock", body).status(), body);
        }
        ObjectNode body = Json.object().put("format", "xml");
        body.putArray("manifests").addObject().put("text", pod("box", ""));
        assertEquals(400, api.http.post("/v1/images/lock", new String(Json.bytes(body), StandardCharsets.UTF_8)).status());
        body.put("format", "yaml").putArray("platforms").add("Linux");
        assertEquals(400, api.http.post("/v1/images/lock", new String(Json.bytes(body), StandardCharsets.UTF_8)).status());
    }

    @Test
    void i13_aLoginIsForOneRegistryAndApplyTakesNoneAlong() throws Exception {
        String login = ImagePulls.LOGIN + ": "
                + Base64.getUrlEncoder().encodeToString("{\"username\":\"ann\",\"password\":\"secret\"}".getBytes(StandardCharsets.UTF_8));
        api.http.post("/v1/pods", Api.pod("one", "").replace("image: box", "image: registry.example/one:1"), login);
        assertEquals(List.of("nobody"), api.host.logins, "it went to whatever the manifest names");
        UnixHttp.Response several = lockBoth("registry.example/two:1", "other.example/three:1", login);
        assertEquals(400, several.status(), several.text());
        assertTrue(several.text().contains("is a login for one registry, and the images are of other.example, registry.example"), several.text());
        assertEquals(1, api.host.logins.size());
        UnixHttp.Response one = lockBoth("registry.example/two:1", "registry.example/three:1", login);
        assertEquals(200, one.status(), one.text());
        assertEquals(List.of("nobody", "ann:secret", "ann:secret"), api.host.logins);
    }

    private UnixHttp.Response lockBoth(String image, String other, String login) throws Exception {
        ObjectNode body = Json.object();
        body.putArray("manifests").addObject().put("text", pod(image, "") + "---\n" + pod(other, "").replace("name: held", "name: other"));
        return api.http.post("/v1/images/lock", new String(Json.bytes(body), StandardCharsets.UTF_8), login);
    }
}

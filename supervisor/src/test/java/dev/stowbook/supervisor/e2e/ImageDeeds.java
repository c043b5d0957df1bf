package dev.stowbook.supervisor.e2e;

import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.registry.DockerRegistry;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** All that can be done with a daemon's images. It has the image {@code busybox}, and a container {@code writer} of it that has written. */
final class ImageDeeds {
    private final List<ImageDeed> all;

    private ImageDeeds(List<ImageDeed> all) {
        this.all = all;
    }

    List<ImageDeed> all() {
        return all;
    }

    static ImageDeeds prepare(Path directory, DaemonProcess daemon, DockerRegistry registry) throws Exception {
        daemon.importBusybox();
        new Pods(daemon.rest()).run("writer", """
                apiVersion: v1
                kind: Pod
                metadata: {name: writer}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers: [{name: main, image: busybox, command: [sh, -c, "dd if=/dev/urandom of=/big bs=1M count=3; sleep 100000"]}]
                """);
        byte[] one = archive("kept:1", 1, 2);
        byte[] two = archive("kept:2", 1, 3);
        Path file = Files.write(directory.resolve("archive.tar"), archive("pulled:1", 1, 4, 5));
        String remote = registry.host() + "/pulled:1";
        DockerRegistry.run("skopeo", "copy", "-q", "--dest-tls-verify=false", "docker-archive:" + file, "docker://" + remote);
        byte[] context = new TarBytes()
                .file("Dockerfile", 0644, "FROM busybox\nCOPY data /data\nRUN echo more > /more\nENV A=b\nRUN rm /data\n")
                .file("data", 0644, noise(6, 1 << 20)).bytes();
        byte[] rootfs = new TarBytes().file("data", 0644, noise(7, 3 << 20)).bytes();
        byte[] gone = archive("gone:1", 1, 8);
        byte[] replaced = archive("replaced:1", 1, 9);
        byte[] replacing = archive("replaced:1", 1, 10);
        ImageDeed.Before kept = rest -> load(rest, one).ok();
        return new ImageDeeds(List.of(
                ImageDeed.bringing("pull", remote, rest -> rest.post("/v1/images/pull?reference=" + Rest.encode(remote))),
                ImageDeed.bringing("build", "built:latest", rest -> rest.post("/v1/build?tags=built&cache=false", "application/x-tar", context)),
                ImageDeed.bringing("commit", "committed:latest", rest -> rest.postJson(
                        "/v1/containers/writer/commit", "{\"reference\":\"committed\"}")),
                ImageDeed.taking("rmi", "gone:1", rest -> load(rest, gone).ok()),
                new ImageDeed("gc", kept, rest -> rest.post("/v1/images/gc"), ImageDeed::said, rest -> ImageDeed.images(rest).count() == 1),
                ImageDeed.bringing("load", "kept:1", rest -> load(rest, one)),
                ImageDeed.bringing("load beside", "kept:2", rest -> load(rest, two)),
                ImageDeed.bringing("import", "imported:latest", rest -> rest.post("/v1/images/import?reference=imported", "application/x-tar", rootfs)),
                new ImageDeed(
                        "prune",
                        rest -> {
                            load(rest, replaced).ok();
                            load(rest, replacing).ok();
                        },
                        rest -> rest.post("/v1/images/prune"),
                        ImageDeed::said,
                        rest -> ImageDeed.images(rest).noneMatch(image -> image.get("references").isEmpty())),
                ImageDeed.bringing("tag", "again:latest", rest -> rest.post("/v1/images/tag?source=busybox&target=again")),
                ImageDeed.reading("save", kept, "/v1/images/save?names=kept:1"),
                ImageDeed.reading("export", rest -> {}, "/v1/containers/writer/export")));
    }

    private static Rest.Answer load(Rest rest, byte[] archive) throws IOException {
        return rest.post("/v1/images/load", "application/x-tar", archive);
    }

    /** What docker save would write: layers of many files, the same for the same seeds. */
    private static byte[] archive(String name, int... seeds) throws IOException {
        TarBytes all = new TarBytes();
        StringBuilder names = new StringBuilder();
        StringBuilder diffIds = new StringBuilder();
        for (int seed : seeds) {
            TarBytes layer = new TarBytes().directory("d" + seed, 0755);
            for (int i = 0; i < 200; i++) {
                layer.file("d" + seed + "/f" + i, 0644, noise(seed * 1000L + i, 10_000));
            }
            byte[] bytes = layer.bytes();
            all.file(seed + ".tar", 0644, bytes);
            names.append(names.isEmpty() ? "" : ",").append('"').append(seed).append(".tar\"");
            diffIds.append(diffIds.isEmpty() ? "" : ",").append('"').append(Digest.of(bytes)).append('"');
        }
        String config = "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Env\":[\"NAME=" + name + "\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                + diffIds + "]}}";
        return all.file("config.json", 0644, config)
                .file("manifest.json", 0644, "[{\"Config\":\"config.json\",\"RepoTags\":[\"" + name + "\"],\"Layers\":[" + names + "]}]").bytes();
    }

    private static byte[] noise(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}

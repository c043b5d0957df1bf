package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is saved has every image with every name that it was asked for by, and comes back so; layouts that no reader understands are refused by name. */
class SavedArchivesTest {
    private static final byte[] BASE = new TarBytes().directory("bin/", 0755).file("bin/sh", 0755, "#!sh").bytes();
    private static final byte[] TOP = new TarBytes().file("app", 0755, "app").bytes();
    private static final byte[] OTHER = new TarBytes().file("other", 0755, "other").bytes();
    private static final String DIGEST = "@sha256:" + "9".repeat(64);

    @TempDir
    Path scratch;

    private StoreFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = StoreFixture.open(scratch.resolve("root"));
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private Arrivals.Arrived stored(Archives archive, String... names) throws ImageException {
        try (Arrivals arrivals = fixture.store.load(archive.stream(), LayerProgress.none())) {
            arrivals.registered();
            StoredImage image = arrivals.images().getFirst().image();
            return new Arrivals.Arrived(image, List.of(names).stream().map(ImageReference::parse).toList());
        }
    }

    private byte[] saved(boolean docker, Arrivals.Arrived... images) throws ImageException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        fixture.store.save(List.of(images), docker, out);
        return out.toByteArray();
    }

    private static Map<String, byte[]> files(byte[] tar) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar));
        for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
            files.put(entry.getName(), in.readAllBytes());
        }
        return files;
    }

    private static JsonNode json(byte[] bytes) throws IOException {
        return new ObjectMapper().readTree(bytes);
    }

    /** What an archive is read as: images by the order in which they come, with their names. */
    private List<String> loaded(byte[] tar) throws ImageException {
        List<String> all = new ArrayList<>();
        try (Arrivals arrivals = fixture.store.load(new ByteArrayInputStream(tar), LayerProgress.none())) {
            arrivals.images().forEach(each -> all.add(each.image().id() + " " + each.references()));
            arrivals.registered();
        }
        return all;
    }

    @Test
    void anImageKeepsEachNameThatItWasAskedForByInBothForms() throws Exception {
        Arrivals.Arrived image = stored(Archives.oci(BASE, TOP), "app:1", "example.org/team/app:2", "app" + DIGEST);
        Map<String, byte[]> files = files(saved(true, image));
        assertEquals("[\"app:1\",\"example.org/team/app:2\"]", json(files.get("manifest.json")).at("/0/RepoTags").toString());
        List<String> named = new ArrayList<>();
        json(files.get("index.json")).get("manifests").forEach(each -> named.add(each.at("/annotations/org.opencontainers.image.ref.name").asText()));
        assertEquals(List.of("app:1", "example.org/team/app:2", "app" + DIGEST), named);

        String id = image.image().id();
        assertEquals(List.of(id + " [app:1, example.org/team/app:2]"), loaded(saved(true, image)), "a tag is what docker can name it by");
        assertEquals(List.of(id + " [app:1]", id + " [example.org/team/app:2]", id + " [app" + DIGEST + "]"), loaded(saved(false, image)));
    }

    @Test
    void anImageWithoutANameComesBackWithoutOne() throws Exception {
        Arrivals.Arrived image = stored(Archives.oci(BASE));
        for (boolean docker : List.of(true, false)) {
            assertEquals(List.of(image.image().id() + " []"), loaded(saved(docker, image)));
        }
    }

    @Test
    void severalImagesGoIntoOneArchiveWithTheirLayersOnceAndAllOfThemComeBack() throws Exception {
        Arrivals.Arrived one = stored(Archives.oci(BASE, TOP), "one:1");
        Arrivals.Arrived two = stored(Archives.docker("x", BASE, OTHER), "two:2");
        for (boolean docker : List.of(true, false)) {
            byte[] tar = saved(docker, one, two);
            assertEquals(List.of(one.image().id() + " [one:1]", two.image().id() + " [two:2]"), loaded(tar));
            TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar));
            List<String> names = new ArrayList<>();
            for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                names.add(entry.getName());
            }
            assertEquals(names.stream().distinct().toList(), names);
            for (byte[] layer : List.of(BASE, TOP, OTHER)) {
                assertArrayEquals(layer, files(tar).get("blobs/sha256/" + Digest.of(layer).hex()), "as it came, bit for bit");
            }
        }
    }

    private void refused(Archives archive, String mentions) throws Exception {
        ImageException e = assertThrows(ImageException.class, () -> fixture.store.load(archive.stream(), LayerProgress.none()).close(), mentions);
        assertTrue(e.getMessage().contains(mentions), e.getMessage());
        assertEquals(ErrorCode.INVALID, e.code());
        assertEquals(List.of(), fixture.driver.list());
    }

    /** The descriptor of a document that is written into the archive. */
    private static String document(Archives archive, String type, String json) {
        return "{\"mediaType\":\"application/vnd.oci.image." + type + ".v1+json\"," + archive.blob(json.getBytes()) + "}";
    }

    @Test
    void layoutsThatCannotBeUnderstoodAreRefusedByName() throws Exception {
        Archives newer = Archives.oci(BASE);
        newer.files.put("oci-layout", "{\"imageLayoutVersion\":\"2.0.0\"}".getBytes());
        refused(newer, "the version \"2.0.0\"; only 1.x is known");

        refused(new Archives().index(), "names no image");

        Archives encrypted = new Archives();
        byte[] blob = Archives.gzip(BASE);
        String config = document(encrypted, "config", new String(Archives.config("amd64", List.of(BASE))));
        String layer = "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip+encrypted\"," + encrypted.blob(blob) + "}";
        refused(encrypted.index(document(encrypted, "manifest", "{\"config\":" + config + ",\"layers\":[" + layer + "]}")), "tar+gzip+encrypted");

        Archives empty = new Archives();
        refused(empty.index(document(empty, "manifest", "{\"config\":" + config + "}")), "has no config or no layers");

        Archives deep = new Archives();
        String inner = deep.manifest(Platform.ofHost().architecture(), List.of(BASE), List.of(blob)) + "}";
        for (int i = 0; i < 6; i++) {
            inner = document(deep, "index", "{\"manifests\":[" + inner + "]}");
        }
        refused(deep.index(inner), "nested more than 4 deep");

        Archives lying = new Archives();
        String manifest = lying.manifest(Platform.ofHost().architecture(), List.of(BASE), List.of(blob)) + "}";
        refused(lying.index(manifest.replaceFirst("\"size\":\\d+", "\"size\":7")), "it is not what the image names");
    }

    /** Of the same length and with the same layers, so that nothing but the digest tells. */
    @Test
    void aDocumentThatDoesNotHaveTheDigestThatNamesItIsRefused() throws Exception {
        for (String changed : List.of("\"A=b\"", "schemaVersion")) {
            Archives archive = Archives.oci(BASE);
            String name = archive.files.keySet().stream()
                    .filter(file -> file.startsWith("blobs/") && new String(archive.files.get(file)).contains(changed)).findFirst().orElseThrow();
            String text = new String(archive.files.get(name));
            archive.files.put(name, text.replace(changed, changed.replace('A', 'B').replace('V', 'W')).getBytes());
            refused(archive, "it is not what the image names");
        }
    }

    @Test
    void aTarThatNamesItsConfigurationOtherwiseThanItsDigestIsRefused() throws Exception {
        Archives archive = Archives.docker("x:1", BASE);
        String name = archive.files.keySet().stream().filter(file -> file.endsWith(".json") && file.length() > 20).findFirst().orElseThrow();
        byte[] other = Archives.config("amd64", List.of(BASE));
        other[other.length - 2] = '\t';
        archive.files.put(name, other);
        refused(archive, "it is damaged, make the archive again");
        assertEquals(Optional.empty(), fixture.store.find(Digest.of(other)));
    }
}

package dev.stowbook.supervisor.registry;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.stowbook.supervisor.image.Digest;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.model.ErrorCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads manifests and indexes, OCI's and Docker's schema 2; what it does not know is refused by name. */
final class ManifestReader {
    private static final ObjectReader JSON = new ObjectMapper()
            .reader()
            .with(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final String what;
    private final RegistrySettings.Limits limits;

    private ManifestReader(String what, RegistrySettings.Limits limits) {
        this.what = what;
        this.limits = limits;
    }

    /**
     * Reads one.
     *
     * @param mediaType what the registry says it is; perhaps nothing
     * @param what for messages: the reference
     */
    static ManifestDocument read(byte[] bytes, String mediaType, String what, RegistrySettings.Limits limits) throws RegistryException {
        return new ManifestReader(what, limits).read(bytes, mediaType.split(";")[0].strip());
    }

    private ManifestDocument read(byte[] bytes, String told) throws RegistryException {
        JsonNode json = json(bytes);
        String type = type(json, told);
        if (MediaTypes.isSchema1(type) || json.path("schemaVersion").asInt() == 1) {
            throw refused(ErrorCode.UNSUPPORTED, "is an image of Docker's schema 1, which has been given up: push it again with a newer client");
        }
        if (json.has("manifests") && (json.has("layers") || json.has("config"))) {
            throw refused(ErrorCode.INVALID, "has a manifest that could be read in two ways (manifests and layers): it is not taken");
        }
        if (MediaTypes.isIndex(type)) {
            return index(bytes, json);
        }
        if (MediaTypes.isManifest(type)) {
            return image(bytes, json);
        }
        throw refused(ErrorCode.UNSUPPORTED, "is of the type \"" + Sentences.printable(type) + "\"; images have one of "
                + String.join(", ", MediaTypes.manifests()));
    }

    private JsonNode json(byte[] bytes) throws RegistryException {
        try {
            JsonNode json = JSON.readTree(bytes);
            if (json.isObject()) {
                return json;
            }
            throw refused(ErrorCode.INVALID, "has a manifest that is no JSON object");
        } catch (JacksonException e) {
            throw refused(ErrorCode.INVALID, "has a manifest that is no JSON: " + e.getOriginalMessage() + " at line "
                    + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr());
        } catch (IOException e) {
            throw refused(ErrorCode.INVALID, "has a manifest that is no JSON: " + e.getMessage());
        }
    }

    /** The document and the registry must agree (CVE-2021-41190); a manifest of OCI's may leave it to the registry. */
    private String type(JsonNode json, String told) throws RegistryException {
        String own = json.path("mediaType").asText("");
        boolean general = told.isEmpty() || told.equals("application/json") || told.equals("text/plain") || told.equals("application/octet-stream");
        if (!own.isEmpty() && !general && !own.equals(told)) {
            throw refused(ErrorCode.INVALID, "has a manifest of the type \"" + Sentences.printable(own) + "\", but the registry calls it \""
                    + Sentences.printable(told) + "\": it is not taken");
        }
        if (!own.isEmpty() || !general) {
            return own.isEmpty() ? told : own;
        }
        return json.has("manifests") ? MediaTypes.OCI_INDEX : json.has("layers") && json.has("config") ? MediaTypes.OCI_MANIFEST : "";
    }

    private ManifestDocument.Index index(byte[] bytes, JsonNode json) throws RegistryException {
        List<Descriptor> manifests = new ArrayList<>();
        for (JsonNode each : json.path("manifests")) {
            boolean attestation = each.path("annotations").path("vnd.docker.reference.type").asText("").equals("attestation-manifest");
            String type = each.path("mediaType").asText("");
            if (!attestation && (MediaTypes.isManifest(type) || MediaTypes.isIndex(type))) {
                manifests.add(descriptor(each));
            }
        }
        return new ManifestDocument.Index(Digest.of(bytes), manifests);
    }

    private ManifestDocument.Image image(byte[] bytes, JsonNode json) throws RegistryException {
        if (!json.path("config").isObject() || !json.path("layers").isArray()) {
            throw refused(ErrorCode.INVALID, "has a manifest without config or layers");
        }
        Descriptor config = descriptor(json.path("config"));
        if (!MediaTypes.isConfig(config.mediaType())) {
            throw refused(ErrorCode.UNSUPPORTED, "is no container image: its content is of the type \"" + Sentences.printable(config.mediaType()) + "\"");
        }
        if (config.sizeBytes() > limits.manifestBytes()) {
            throw refused(ErrorCode.INVALID, "has a configuration of " + config.sizeBytes() + " bytes; registries.maxManifestBytes allows "
                    + limits.manifestBytes());
        }
        if (json.path("layers").size() > limits.layers()) {
            throw refused(ErrorCode.INVALID, "has " + json.path("layers").size() + " layers; registries.maxLayers allows " + limits.layers());
        }
        List<Descriptor> layers = new ArrayList<>();
        for (JsonNode each : json.path("layers")) {
            layers.add(layer(each));
        }
        return new ManifestDocument.Image(Digest.of(bytes), config, layers);
    }

    private Descriptor layer(JsonNode json) throws RegistryException {
        Descriptor layer = descriptor(json);
        if (MediaTypes.isForeign(layer.mediaType())) {
            throw refused(ErrorCode.UNSUPPORTED, "has a foreign layer (" + layer.mediaType() + "), whose bytes are not in the registry: it cannot be pulled");
        }
        if (!MediaTypes.isLayer(layer.mediaType())) {
            throw refused(ErrorCode.UNSUPPORTED, "has a layer of the type \"" + Sentences.printable(layer.mediaType())
                    + "\"; only tars, plain, gzip or zstd, are known");
        }
        if (layer.sizeBytes() > limits.layerBytes()) {
            throw refused(ErrorCode.INVALID, "has a layer of " + layer.sizeBytes() + " bytes; registries.maxLayerBytes allows " + limits.layerBytes());
        }
        return layer;
    }

    private Descriptor descriptor(JsonNode json) throws RegistryException {
        try {
            long size = json.path("size").isIntegralNumber() && json.path("size").canConvertToLong() ? json.path("size").asLong() : -1;
            if (size < 0) {
                throw refused(ErrorCode.INVALID, "has a manifest that gives no size for " + Sentences.printable(json.path("digest").asText("")));
            }
            return new Descriptor(json.path("mediaType").asText(""), Digest.parse(json.path("digest").asText("")), size, platform(json));
        } catch (IllegalArgumentException e) {
            throw refused(ErrorCode.INVALID, "has a manifest with a bad digest: " + Sentences.printable(String.valueOf(e.getMessage())));
        }
    }

    private static Optional<Platform> platform(JsonNode json) {
        JsonNode platform = json.path("platform");
        return platform.isObject()
                ? Optional.of(new Platform(
                        platform.path("os").asText(""), platform.path("architecture").asText(""), platform.path("variant").asText("")))
                : Optional.empty();
    }

    private RegistryException refused(ErrorCode code, String why) {
        return new RegistryException(code, what + " " + why);
    }
}

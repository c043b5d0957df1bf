package dev.stowbook.supervisor.image;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;

/** JSON of images: strict about its form, open to fields it does not know. */
final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ObjectReader READER = MAPPER.reader()
            .with(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    /** Parses an object. @throws ImageException naming what it was to be, and where it is wrong */
    static JsonNode object(byte[] bytes, String what) throws ImageException {
        JsonNode node = tree(bytes, what);
        if (!node.isObject()) {
            throw ImageException.invalid(what + " is no JSON object");
        }
        return node;
    }

    /** Parses an array. @throws ImageException naming what it was to be, and where it is wrong */
    static JsonNode array(byte[] bytes, String what) throws ImageException {
        JsonNode node = tree(bytes, what);
        if (!node.isArray()) {
            throw ImageException.invalid(what + " is no JSON array");
        }
        return node;
    }

    private static JsonNode tree(byte[] bytes, String what) throws ImageException {
        try {
            return READER.readTree(bytes);
        } catch (JacksonException e) {
            JsonLocation at = e.getLocation(); // none where it is too deep or has too long a name
            throw ImageException.invalid(what + " is no JSON: " + e.getOriginalMessage()
                    + (at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr()));
        } catch (IOException e) {
            throw ImageException.invalid(what + " is no JSON: " + e.getMessage());
        }
    }

    static ObjectMapper mapper() {
        return MAPPER;
    }
}

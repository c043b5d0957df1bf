package dev.stowbook.supervisor.http;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A complete answer.
 *
 * @param status its HTTP status
 * @param body its body
 */
record JsonAnswer(int status, JsonNode body) {

    static JsonAnswer ok(JsonNode body) {
        return new JsonAnswer(200, body);
    }
}

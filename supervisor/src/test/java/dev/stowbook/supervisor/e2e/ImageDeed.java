package dev.stowbook.supervisor.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.stream.Stream;

/**
 * Something that one request does to a daemon's images.
 *
 * @param name for messages
 * @param before makes it something to do
 * @param request asks for it
 * @param end whether an answer is whole and says that it was done; a request that is repeated may find nothing left to do
 * @param wish what holds once it was done
 */
record ImageDeed(String name, Before before, Request request, End end, Wish wish) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int END_OF_TAR = 1024;

    interface Before {
        void prepare(Rest rest) throws IOException;
    }

    interface Request {
        Rest.Answer send(Rest rest) throws IOException;
    }

    interface End {
        boolean reached(Rest.Answer answer);
    }

    interface Wish {
        boolean holds(Rest rest) throws IOException;
    }

    /** Brings an image of this name. */
    static ImageDeed bringing(String name, String reference, Request request) {
        return new ImageDeed(name, rest -> remove(rest, reference), request, ImageDeed::said, rest -> names(rest).anyMatch(reference::equals));
    }

    /** Takes the image of this name. */
    static ImageDeed taking(String name, String reference, Before before) {
        return new ImageDeed(
                name, before, rest -> remove(rest, reference), answer -> answer.status() == 404 || said(answer),
                rest -> names(rest).noneMatch(reference::equals));
    }

    /** Reads a tar and changes nothing. */
    static ImageDeed reading(String name, Before before, String path) {
        return new ImageDeed(name, before, rest -> rest.get(path), ImageDeed::isTar, rest -> true);
    }

    static Rest.Answer remove(Rest rest, String reference) throws IOException {
        return rest.delete("/v1/images/" + Rest.encode(reference));
    }

    static Stream<JsonNode> images(Rest rest) throws IOException {
        return rest.get("/v1/images").ok().json().valueStream();
    }

    private static Stream<String> names(Rest rest) throws IOException {
        return images(rest).flatMap(image -> image.get("references").valueStream()).map(JsonNode::asText);
    }

    /** The last line of an answer that tells how it goes, or all of one that does not. */
    static boolean said(Rest.Answer answer) {
        try {
            JsonNode last = JSON.readTree(answer.text().lines().reduce("", (one, other) -> other));
            return answer.status() == 200
                    && !last.has("error")
                    && Stream.of("id", "images", "removed", "items").anyMatch(last::has);
        } catch (IOException e) {
            return false; // cut off
        }
    }

    private static boolean isTar(Rest.Answer answer) {
        byte[] body = answer.body();
        boolean zeros = body.length > END_OF_TAR;
        for (int i = Math.max(0, body.length - END_OF_TAR); i < body.length; i++) {
            zeros &= body[i] == 0;
        }
        return answer.status() == 200 && zeros;
    }
}

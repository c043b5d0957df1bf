package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What tests do with the pods of a daemon, and read of their processes from the kernel. */
record Pods(Rest rest) {
    /** Applies a manifest and waits until its first container runs. @return the container */
    JsonNode run(String name, String yaml) throws Exception {
        rest.postYaml("/v1/pods", yaml).ok();
        return await(name, "running");
    }

    JsonNode await(String ref, String state) throws Exception {
        JsonNode container = rest.get("/v1/containers/" + Rest.encode(ref)).ok().json();
        for (int i = 0; i < 6000 && !container.get("state").asText().equals(state); i++) {
            Thread.sleep(10);
            container = rest.get("/v1/containers/" + Rest.encode(ref)).ok().json();
        }
        assertEquals(state, container.get("state").asText(), container.toString());
        return container;
    }

    /** Applies a manifest and waits for the end of its only container. @return what it wrote */
    String output(String name, String yaml) throws Exception {
        rest.postYaml("/v1/pods", yaml).ok();
        rest.post("/v1/containers/" + name + "/wait").ok();
        return rest.get("/v1/containers/" + name + "/logs").ok().text();
    }

    /** Applies a manifest whose only container cannot be started. @return why */
    String refusedStart(String name, String yaml) throws Exception {
        rest.postYaml("/v1/pods", yaml).ok();
        rest.post("/v1/containers/" + name + "/wait").ok();
        return rest.get("/v1/containers/" + name).ok().json().get("error").asText();
    }

    /** The events of a type whose data mention something, in order. */
    List<JsonNode> events(String type, String about) throws IOException {
        return rest.events(1).stream()
                .filter(event -> event.get("type").asText().startsWith("dev.stowbook." + type + ".") && event.get("data").toString().contains(about))
                .toList();
    }

    JsonNode event(String type, String about) throws IOException {
        List<JsonNode> found = events(type, about);
        assertEquals(1, found.size(), type + " about " + about + ": " + found);
        return found.getFirst();
    }

    /** A line of {@code /proc/<pid>/<file>} without its name. */
    static String proc(JsonNode container, String file, String name) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + container.get("pid").asInt() + "/" + file)).stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()).strip())
                .findFirst()
                .orElseThrow();
    }

    static String namespace(JsonNode container, String kind) throws IOException {
        return namespace(container.get("pid").asText(), kind);
    }

    static String namespace(String process, String kind) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/" + process + "/ns/" + kind)).toString();
    }
}

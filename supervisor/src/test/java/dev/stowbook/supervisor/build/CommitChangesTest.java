package dev.stowbook.supervisor.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The configuration that a commit makes of the one before. */
class CommitChangesTest {
    private static final String DIFF = "sha256:" + "d".repeat(64);
    private static final String BEFORE = """
            {"architecture":"amd64","os":"linux","author":"somebody","container":"of old","comment":"of old",
             "config":{"Env":["PATH=/bin","A=1"],"Cmd":["old"],"Labels":{"a":"1"},"ExposedPorts":{"80/tcp":{}},"Shell":["/bin/ash","-c"]},
             "rootfs":{"type":"layers","diff_ids":["sha256:base"]},"history":[{"created_by":"first"}],"future":{"kept":true}}""";

    private static JsonNode applied(String author, String message, String... changes) throws Exception {
        CommitChanges.Commit commit = new CommitChanges.Commit(author, message, "2026-01-02T12:00:00Z", "sleep 1000", DIFF, List.of(changes));
        return new ObjectMapper().readTree(CommitChanges.apply(BEFORE.getBytes(), commit));
    }

    @Test
    void theHistorySaysWhatRanWhenByWhomAndWhatFor() throws Exception {
        JsonNode made = applied("me", "why");
        assertEquals("[{\"created_by\":\"first\"},{\"created\":\"2026-01-02T12:00:00Z\",\"created_by\":\"sleep 1000\",\"author\":\"me\",\"comment\":\"why\"}]",
                made.get("history").toString());
        assertEquals("[\"sha256:base\",\"" + DIFF + "\"]", made.at("/rootfs/diff_ids").toString());
        assertEquals("2026-01-02T12:00:00Z me", made.get("created").asText() + " " + made.get("author").asText());
        assertFalse(made.has("container") || made.has("comment"), "what Docker of old said of another container");
        assertEquals("{\"kept\":true}", made.get("future").toString());
        JsonNode unsaid = applied("", "");
        assertFalse(unsaid.has("author") || unsaid.at("/history/1").has("author") || unsaid.at("/history/1").has("comment"), unsaid.toString());
        assertEquals(new ObjectMapper().readTree(BEFORE).get("config"), unsaid.get("config"), "nothing was to be changed");
    }

    @Test
    void eachInstructionThatMayBeGivenChangesWhatItWouldInADockerfile() throws Exception {
        JsonNode config = applied("", "", "ENV A=2 B=\"x y\"", "ENV C=$A", "LABEL b=2", "EXPOSE 53/udp 81", "VOLUME [\"/data\"]", "WORKDIR /w", "USER 33:44",
                "STOPSIGNAL SIGUSR1", "ONBUILD RUN make", "ENTRYPOINT [\"/init\", \"--\"]", "CMD echo \"$A\"").get("config");
        assertEquals("[\"PATH=/bin\",\"A=2\",\"B=x y\",\"C=2\"]", config.get("Env").toString());
        assertEquals("{\"a\":\"1\",\"b\":\"2\"}", config.get("Labels").toString());
        assertEquals("{\"80/tcp\":{},\"53/udp\":{},\"81/tcp\":{}}", config.get("ExposedPorts").toString());
        assertEquals("{\"/data\":{}}", config.get("Volumes").toString());
        assertEquals("/w 33:44 SIGUSR1", config.get("WorkingDir").asText() + " " + config.get("User").asText() + " " + config.get("StopSignal").asText());
        assertEquals("[\"RUN make\"]", config.get("OnBuild").toString());
        assertEquals("[\"/init\",\"--\"]", config.get("Entrypoint").toString());
        assertEquals("[\"/bin/ash\",\"-c\",\"echo \\\"$A\\\"\"]", config.get("Cmd").toString(), "the image's own shell gets it as it is written");
    }

    @Test
    void allOfOneInstructionSeeTheEnvironmentAsItWasBefore() throws Exception {
        assertEquals("[\"PATH=/bin\",\"A=2\",\"B=1\"]", applied("", "", "ENV A=2 B=$A").at("/config/Env").toString());
        assertEquals("[\"PATH=/usr/bin:/bin\",\"A=1\"]", applied("", "", "ENV PATH=/usr/bin:$PATH").at("/config/Env").toString(), "a variable keeps its place");
    }

    @Test
    void anotherProgramDoesNotGetTheArgumentsOfTheOneBefore() throws Exception {
        assertFalse(applied("", "", "ENTRYPOINT [\"/init\"]").get("config").has("Cmd"));
        assertEquals("[\"own\"]", applied("", "", "CMD [\"own\"]", "ENTRYPOINT [\"/init\"]").at("/config/Cmd").toString());
        assertEquals("[\"old\"]", applied("", "", "USER 1").at("/config/Cmd").toString());
    }

    @Test
    void portsAndDirectoriesAreReadAsInADockerfile() throws Exception {
        assertEquals("{\"80/tcp\":{},\"8000/udp\":{},\"8001/udp\":{},\"9/tcp\":{}}",
                applied("", "", "ENV P=9", "EXPOSE 8000-8001/UDP $P").at("/config/ExposedPorts").toString());
        assertEquals("/srv/app", applied("", "", "WORKDIR /srv", "WORKDIR app/").at("/config/WorkingDir").asText());
        assertEquals("/app", applied("", "", "WORKDIR app").at("/config/WorkingDir").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"EXPOSE 99999", "EXPOSE x", "STOPSIGNAL SIGNOTHING", "WORKDIR $NONE", "VOLUME $NONE", "ENV $NONE=1"})
    void whatNoContainerCouldBeStartedWithIsRefused(String instruction) {
        assertThrows(DockerfileException.class, () -> applied("", "", instruction));
    }

    @ParameterizedTest
    @ValueSource(strings = {"FROM other", "RUN make", "COPY a b", "ADD a b", "ARG A", "SHELL [\"/bin/sh\"]", "MAINTAINER me", "HEALTHCHECK NONE"})
    void whatNeedsABuildIsRefusedByName(String instruction) {
        DockerfileException e = assertThrows(DockerfileException.class, () -> applied("", "", instruction));
        assertTrue(e.getMessage().contains(instruction.split(" ")[0] + " cannot be given to commit; CMD, ENTRYPOINT, ENV"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"NONSENSE", "ENV", "WORKDIR"})
    void whatIsNoInstructionIsRefused(String instruction) {
        assertThrows(DockerfileException.class, () -> applied("", "", instruction));
    }
}

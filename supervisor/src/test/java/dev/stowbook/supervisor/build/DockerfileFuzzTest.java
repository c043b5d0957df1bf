package dev.stowbook.supervisor.build;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever the bytes are, they end as a Dockerfile or as one sentence with a line. */
class DockerfileFuzzTest {
    private static final int ROUNDS = "all".equals(System.getProperty("stowbook.tests")) ? 200_000 : 20_000;
    private static final String ORIGINAL = """
            # escape=\\
            ARG VERSION=1
            FROM --platform=linux/amd64 busybox:${VERSION:-latest} AS base
            ENV a=b c="d e" f='g'
            LABEL "x.y"=z
            RUN echo hello && \\
                # comment
                echo "$a ${c:+w}"
            COPY --chown=1:2 --chmod=644 ["a b", "c*", "/dest/"]
            ADD x.tar.gz /opt/
            HEALTHCHECK --interval=5s --retries=3 CMD ["true"]
            ONBUILD RUN make
            SHELL ["/bin/sh", "-ec"]
            FROM scratch
            COPY --from=base /bin /bin
            VOLUME ["/data"]
            EXPOSE 80/tcp 8000-8010
            STOPSIGNAL SIGINT
            WORKDIR /a/$b
            USER a:b
            ENTRYPOINT ["/a"]
            CMD x y
            """;
    private static final String[] SCRAPS = {
        "\\", "\\\n", "\n", "\"", "'", "$", "${", "}", "${a:-", "[", "]", "[\"", "#", "# escape=`\n", "`", "--", "--from=", "=", "<<EOF", "FROM ", "\r", "\0", "\ud83d",
        "ONBUILD ", "é", " ", "\t"
    };

    @Test
    void mutatedDockerfilesAreReadOrRefusedWithALine() {
        long seed = Long.getLong("stowbook.seed", System.nanoTime());
        System.out.println("DockerfileFuzzTest: seed " + seed + ", rounds " + ROUNDS + " (-Dstowbook.seed=" + seed + " repeats it)");
        Random random = new Random(seed);
        int read = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String mutated = mutate(random);
            try {
                read += isRead(mutated) ? 1 : 0;
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("seed " + seed + ", round " + round + ":\n" + mutated, e);
            }
        }
        assertTrue(read > ROUNDS / 20 && read < ROUNDS, read + " of " + ROUNDS + " were read");
    }

    private static boolean isRead(String text) {
        try {
            Dockerfile file = Dockerfile.parse("D", text.getBytes(StandardCharsets.UTF_8));
            for (Dockerfile.Stage stage : file.stages()) {
                for (Dockerfile.Step step : stage.steps()) {
                    Expansion.of(step.place(), step.text(), file.escape(), name -> name.length() > 2 ? Optional.empty() : Optional.of("v"));
                }
            }
            return true;
        } catch (DockerfileException e) {
            assertTrue(e.line() >= 1 && e.line() <= text.split("\n", -1).length, e.getMessage());
            assertFalse(e.getMessage().contains("\n") || e.getMessage().length() > 400, e.getMessage());
            return false;
        }
    }

    private static String mutate(Random random) {
        StringBuilder text = new StringBuilder(ORIGINAL);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + random.nextInt(20));
            switch (random.nextInt(4)) {
                case 0 -> text.setCharAt(at, (char) random.nextInt(256));
                case 1 -> text.delete(at, Math.min(end, text.length() - 1));
                case 2 -> text.insert(at, SCRAPS[random.nextInt(SCRAPS.length)]);
                default -> text.insert(random.nextInt(text.length()), text.substring(at, end));
            }
        }
        return text.toString();
    }
}

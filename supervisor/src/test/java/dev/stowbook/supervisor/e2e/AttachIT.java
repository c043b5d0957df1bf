package dev.stowbook.supervisor.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A container's own terminal and standard input, by the API and by the command on a terminal of its own. */
@RequiresRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AttachIT {
    private static final String DETACH = "\20\21";

    private DaemonProcess daemon;
    private Rest rest;
    private Pods pods;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        daemon = DaemonProcess.start(directory);
        rest = daemon.rest();
        pods = new Pods(rest);
        daemon.importBusybox();
    }

    @AfterAll
    void stop() throws Exception {
        daemon.close();
    }

    @AfterEach
    void removePods() throws IOException {
        daemon.removeAllPods();
    }

    private static String pod(String name, String streams, String script) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s}
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  containers:
                    - {name: main, image: busybox, %s, command: [sh, -c, "%s"]}
                """.formatted(name, streams, script);
    }

    private AttachedClient attach(String name, String query) throws IOException {
        return AttachedClient.reading(daemon.run().resolve("api.sock"), "/v1/containers/" + name + "/attach" + query);
    }

    private TypedCommand command(String before, String words) throws IOException {
        return TypedCommand.start(before + "exec " + Command.REPOSITORY.resolve("bin/stowbook") + " -H unix://" + daemon.run().resolve("api.sock") + " " + words);
    }

    private String logs(String name) throws IOException {
        return rest.get("/v1/containers/" + name + "/logs").ok().text();
    }

    private void awaitLog(String name, String part) throws Exception {
        for (int i = 0; i < 3000 && !logs(name).contains(part); i++) {
            Thread.sleep(20);
        }
        String log = logs(name);
        assertTrue(log.contains(part), log.length() > 500 ? log.substring(log.length() - 500) : log);
    }

    private boolean runs(JsonNode container) {
        return Files.exists(Path.of("/proc/" + container.get("pid").asText()));
    }

    @Test
    void whatIsWrittenIsReadAndItsEndEndsTheProgramWithItsCode() throws Exception {
        pods.run("cat", pod("cat", "stdin: true", "cat; exit 5"));
        try (AttachedClient client = attach("cat", "?stdin=true")) {
            client.type("hello\n");
            client.awaitOutput("hello\n");
            client.endInput();
            assertEquals("exit 5", client.awaitEnd());
            assertEquals("hello\n", client.output());
        }
        assertEquals("hello\n", logs("cat"));
        assertEquals(5, pods.await("cat", "exited").get("exitCode").asInt());
    }

    @Test
    void aMegabyteGoesThroughTheCommandAndComesBackWhole() throws Exception {
        pods.run("sum", pod("sum", "stdin: true, stdinOnce: true", "md5sum"));
        Path input = Files.createTempFile("stowbook-test-input", "");
        try {
            Files.writeString(input, "0123456789abcde\n".repeat(1 << 16));
            Process sum = new ProcessBuilder("md5sum").redirectInput(input.toFile()).start();
            String expected = new String(sum.getInputStream().readAllBytes()).split(" ")[0];
            Process attach = new ProcessBuilder(
                            Command.REPOSITORY.resolve("bin/stowbook").toString(), "-H", "unix://" + daemon.run().resolve("api.sock"), "attach", "sum")
                    .redirectInput(input.toFile())
                    .start();
            String out = new String(attach.getInputStream().readAllBytes());
            assertEquals(0, attach.waitFor(), out);
            assertEquals(expected, out.split(" ")[0]);
        } finally {
            Files.delete(input);
        }
    }

    @Test
    void aTerminalHasTheSizeItIsGiven() throws Exception {
        pods.run("size", pod("size", "stdin: true, tty: true", "trap 'stty size' WINCH; echo ready; while true; do read line; stty size; done"));
        try (AttachedClient client = attach("size", "?stdin=true&logs=10")) {
            client.awaitOutput("ready");
            client.type("\n");
            client.awaitOutput("24 80");
            client.resize(33, 99);
            client.type("\n");
            client.awaitOutput("33 99");
            rest.post("/v1/containers/size/resize?rows=44&columns=111").ok();
            client.type("\n");
            client.awaitOutput("44 111");
        }
        pods.run("none", pod("none", "stdin: true", "cat"));
        assertTrue(rest.post("/v1/containers/none/resize?rows=44&columns=111").text().contains("has no terminal"));
    }

    @Test
    void theCommandsWindowIsTheTerminalsAndFollowsItAndItsKeysLeaveItRunning() throws Exception {
        JsonNode container = pods.run("shell", pod("shell", "stdin: true, tty: true", "echo ready; exec sh -i"));
        awaitLog("shell", "ready");
        String later = "stty rows 33 cols 99; mine=$(tty); (sleep 4; stty -F $mine rows 44 cols 111) & ";
        try (TypedCommand command = command(later, "attach --logs 9 shell")) {
            command.await("/ # ");
            command.type("stty size\r");
            command.await("33 99");
            for (int i = 0; i < 200 && !command.screen().contains("44 111"); i++) {
                command.type("stty size; echo $((6 * 7))\r");
                Thread.sleep(300);
            }
            command.await("42");
            command.await("44 111");
            command.type(DETACH);
            assertEquals(0, command.exitCode(), command.screen());
            assertTrue(command.screen().contains("stowbook: detached; shell goes on."), command.screen());
        }
        assertTrue(runs(container));
        try (AttachedClient again = attach("shell", "?stdin=true")) {
            again.type("echo still $((4 * 5)); exit 3\n");
            again.awaitOutput("still 20");
            assertEquals("exit 3", again.awaitEnd());
        }
    }

    @Test
    void aTerminalIsAsItWasAfterTheCommandHasEnded() throws Exception {
        pods.run("mode", pod("mode", "stdin: true, tty: true", "read x; exit 6"));
        try (TypedCommand command = TypedCommand.start("stty -a > /dev/null; before=$(stty -g); " + Command.REPOSITORY.resolve("bin/stowbook")
                + " -H unix://" + daemon.run().resolve("api.sock") + " attach mode; echo code $?; [ $before = $(stty -g) ] && echo the same")) {
            for (int i = 0; i < 200 && !command.screen().contains("code 6"); i++) { // what was typed too early is for the shell
                command.type("\r");
                Thread.sleep(300);
            }
            command.await("code 6");
            command.await("the same");
        }
    }

    @Test
    void twoClientsHearTheSameAndBothMayType() throws Exception {
        pods.run("two", pod("two", "stdin: true", "while read line; do echo got $line; done"));
        try (AttachedClient one = attach("two", "?stdin=true"); AttachedClient other = attach("two", "?stdin=true")) {
            one.type("one is there\n");
            one.awaitOutput("got one is there\n");
            other.type("other, too\n");
            other.awaitOutput("got other, too\n");
            one.type("a\n");
            one.awaitOutput("got a\n");
            other.awaitOutput("got a\n");
            other.type("b\n");
            one.awaitOutput("got b\n");
            other.awaitOutput("got b\n");
            assertEquals(one.output().substring(one.output().indexOf("got other")), other.output().substring(other.output().indexOf("got other")));
            other.close();
            one.type("c\n");
            one.awaitOutput("got c\n");
        }
    }

    @Test
    void inputForOnceEndsWithTheFirstClientAndTheNextIsToldSo() throws Exception {
        pods.run("once", pod("once", "stdin: true, stdinOnce: true", "cat; echo over; sleep 1000"));
        try (AttachedClient listener = attach("once", "?logs=10")) {
            try (AttachedClient writer = attach("once", "?stdin=true")) {
                writer.type("x\n");
                writer.awaitOutput("x\n");
            }
            listener.awaitOutput("over\n");
            Command late = Command.stowbook("-H", "unix://" + daemon.run().resolve("api.sock"), "attach", "once");
            assertEquals(4, late.exitCode());
            assertTrue(late.err().contains("container once/main: its standard input has ended"), late.err());
        }
        JsonNode open = pods.run("open", pod("open", "stdin: true", "cat; echo over; sleep 1000"));
        attach("open", "?stdin=true").close();
        Thread.sleep(300);
        assertFalse(logs("open").contains("over"));
        assertTrue(runs(open));
    }

    @Test
    void aClientComesBackAfterTheDaemonsDeath() throws Exception {
        JsonNode container = pods.run("survivor", pod("survivor", "stdin: true, tty: true", "while read line; do echo got $line; done; exit 8"));
        try (AttachedClient before = attach("survivor", "?stdin=true")) {
            before.type("one\n");
            before.awaitOutput("got one");
            daemon.killHard();
            assertEquals("", before.awaitEnd());
        }
        daemon.restart();
        assertTrue(runs(container));
        try (AttachedClient after = attach("survivor", "?stdin=true&logs=10")) {
            after.awaitOutput("got one");
            after.resize(20, 60);
            after.type("two\n");
            after.awaitOutput("got two");
            after.endInput();
            assertEquals("exit 8", after.awaitEnd());
        }
        assertEquals(8, pods.await("survivor", "exited").get("exitCode").asInt());
    }

    @Test
    void aClientThatDoesNotReadHoldsUpNeitherLogNorExit() throws Exception {
        pods.run("flood", pod("flood", "stdin: true", "echo ready; read x; seq 1 200000; echo last"));
        awaitLog("flood", "ready");
        try (AttachedClient deaf = AttachedClient.deaf(daemon.run().resolve("api.sock"), "/v1/containers/flood/attach?logs=1");
                AttachedClient writer = attach("flood", "?stdin=true")) {
            assertEquals("ready\n", deaf.first());
            writer.type("\n");
            JsonNode exited = pods.await("flood", "exited");
            assertEquals(0, exited.get("exitCode").asInt());
            assertTrue(logs("flood").endsWith("\n200000\nlast\n"));
            assertEquals("exit 0", writer.awaitEnd());
            deaf.readNow();
            assertEquals("exit 0", deaf.awaitEnd());
            assertTrue(deaf.output().startsWith("1\n2\n3\n"));
        }
    }

    @Test
    void aSlowClientIsToldHowMuchItMissed() throws Exception {
        pods.run("slow", pod("slow", "stdin: true", "echo ready; while true; do read x; seq 1 200000; echo end of $x; done"));
        awaitLog("slow", "ready");
        try (AttachedClient deaf = AttachedClient.deaf(daemon.run().resolve("api.sock"), "/v1/containers/slow/attach?logs=1");
                AttachedClient writer = attach("slow", "?stdin=true")) {
            assertEquals("ready\n", deaf.first());
            writer.type("one\n");
            awaitLog("slow", "end of one");
            deaf.readNow();
            Thread.sleep(500);
            writer.type("two\n");
            awaitLog("slow", "end of two");
            for (int i = 0; i < 3000 && deaf.passedOver() == 0; i++) {
                Thread.sleep(20);
            }
            assertTrue(deaf.passedOver() > 0, "it was given " + deaf.output().length() + " bytes");
            assertTrue(deaf.output().startsWith("1\n2\n3\n"));
        }
    }

    @Test
    void theLastLinesComeFirstAndWhatFollowsGoesOnWhereTheyEnd() throws Exception {
        pods.run("count", pod("count", "stdin: false", "i=0; while true; do i=$((i+1)); echo line $i; usleep 500; done"));
        awaitLog("count", "line 300\n");
        for (int round = 0; round < 5; round++) {
            try (AttachedClient client = attach("count", "?logs=50")) {
                int first = Integer.parseInt(client.awaitOutput("\n").split("[ \n]")[1]);
                List<String> lines = client.awaitOutput("line " + (first + 200) + "\n").lines().toList();
                for (int i = 0; i < 200; i++) {
                    assertEquals("line " + (first + i), lines.get(i), "round " + round);
                }
            }
        }
    }

    @Test
    void whatCannotBeAttachedToIsSaidInOneSentence() throws Exception {
        pods.run("deaf", pod("deaf", "stdin: false", "sleep 1000"));
        Command.stowbook("-H", "unix://" + daemon.run().resolve("api.sock"), "kill", "deaf");
        pods.await("deaf", "exited");
        Command refused = Command.stowbook("-H", "unix://" + daemon.run().resolve("api.sock"), "attach", "deaf");
        assertEquals(4, refused.exitCode());
        assertTrue(refused.err().contains("deaf/main does not run") && refused.err().contains("stowbook logs deaf/main"), refused.err());
    }
}

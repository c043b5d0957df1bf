package dev.stowbook.supervisor.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;

/** One command line, carried out in this JVM against a fake daemon. */
record Run(int code, String out, String err) {
    static Run of(FakeDaemon daemon, String... words) {
        return of(daemon, InputStream.nullInputStream(), words);
    }

    static Run typing(FakeDaemon daemon, String in, String... words) {
        return of(daemon, new ByteArrayInputStream(in.getBytes(UTF_8)), words);
    }

    private static Run of(FakeDaemon daemon, InputStream in, String... words) {
        return with(in, Map.of("STOWBOOK_HOST", "unix://" + daemon.socket), false, words);
    }

    static Run with(InputStream in, Map<String, String> variables, boolean terminal, String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream outStream = new PrintStream(out, false, UTF_8);
        int code = Stowbook.run(words, new Environment(in, outStream, new PrintStream(err, true, UTF_8), variables, terminal, terminal));
        outStream.flush();
        return new Run(code, out.toString(UTF_8), err.toString(UTF_8));
    }

}

package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/**
 * An answer whose body is still to be read.
 *
 * @param status its status code
 * @param headers by lower-case name
 * @param body ends where the body does
 * @param connection closed with the answer
 */
record HttpResponse(int status, Map<String, String> headers, InputStream body, HttpConnection connection) implements AutoCloseable {
    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    byte[] bytes() throws IOException {
        return body.readAllBytes();
    }

    @Override
    public void close() {
        connection.close();
    }
}

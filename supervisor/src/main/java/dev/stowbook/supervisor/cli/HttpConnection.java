package dev.stowbook.supervisor.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One HTTP/1.1 request and its answer over a unix socket (RFC 9112): bodies with Content-Length or in chunks, and Upgrade, after
 * which both streams are raw. One thread may read while another writes.
 */
final class HttpConnection implements AutoCloseable {
    private static final int LONGEST_HEAD_BYTES = 64 * 1024;

    private final SocketChannel channel;
    private final InputStream in;
    private final OutputStream out;

    private HttpConnection(SocketChannel channel) {
        this.channel = channel;
        this.in = new ChannelInput(channel);
        this.out = new ChannelOutput(channel);
    }

    static HttpConnection open(Path socket) throws IOException {
        return new HttpConnection(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    /** The raw stream to the server, after an upgrade. */
    OutputStream out() {
        return out;
    }

    HttpResponse send(String method, String target, Map<String, String> headers, RequestBody body) throws IOException {
        StringBuilder head = new StringBuilder(256);
        head.append(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: stowbook\r\nUser-Agent: stowbook\r\n");
        headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        boolean chunked = body.lengthBytes() < 0;
        if (chunked) {
            head.append("Transfer-Encoding: chunked\r\n");
        } else if (body.lengthBytes() > 0 || method.equals("POST")) {
            head.append("Content-Length: ").append(body.lengthBytes()).append("\r\n");
        }
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        try {
            writeBody(body, chunked);
        } catch (Broken e) {
            return answerDespite(method, e);
        } catch (IOException e) {
            throw Failure.unread(e);
        }
        return receive(method);
    }

    private void writeBody(RequestBody body, boolean chunked) throws IOException {
        if (chunked) {
            OutputStream chunks = new BufferedOutputStream(new ChunkedOutput(out), 64 * 1024);
            body.writeTo(chunks);
            chunks.close(); // and only then: the end says that it is whole
        } else {
            body.writeTo(out);
        }
    }

    /** A server that refuses a body may answer and close before it has read it all; its answer says more than the broken pipe. */
    private HttpResponse answerDespite(String method, IOException broken) throws IOException {
        try {
            return receive(method);
        } catch (IOException e) {
            throw broken;
        }
    }

    private HttpResponse receive(String method) throws IOException {
        String statusLine = line();
        while (statusLine.startsWith("HTTP/1.1 100")) {
            headers();
            statusLine = line();
        }
        int status = status(statusLine);
        Map<String, String> headers = headers();
        InputStream body;
        if (method.equals("HEAD")) {
            body = InputStream.nullInputStream(); // its length is that of the body left out (RFC 9110, 9.3.2)
        } else if (status == 101) {
            body = in;
        } else if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
            body = new ChunkedInput(in);
        } else if (headers.containsKey("content-length")) {
            body = new LimitedInput(in, length(headers.get("content-length")));
        } else {
            body = status == 204 || status == 304 ? InputStream.nullInputStream() : in;
        }
        return new HttpResponse(status, headers, body, this);
    }

    private static int status(String line) throws IOException {
        if (line.startsWith("HTTP/1.") && line.length() >= 12) {
            try {
                return Integer.parseInt(line.substring(9, 12));
            } catch (NumberFormatException e) {
                throw new IOException("the answer begins with '" + line + "', which is not HTTP", e);
            }
        }
        throw new IOException("the answer begins with '" + line + "', which is not HTTP/1.1");
    }

    private static long length(String text) throws IOException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException("the answer has the length '" + text + "'", e);
        }
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
            }
        }
        return headers;
    }

    private String line() throws IOException {
        return line(in);
    }

    static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the connection was closed in the middle of an answer");
            }
            if (line.length() > LONGEST_HEAD_BYTES) {
                throw new IOException("a line of the answer's head is longer than " + LONGEST_HEAD_BYTES + " bytes");
            }
            line.append((char) c);
        }
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is lost: what was asked has been answered, or its failure has been reported.
        }
    }

    /** Reads without the lock that Channels.newInputStream shares with its writer, so that both can block at once. */
    private static final class ChannelInput extends InputStream {
        private final SocketChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocate(32 * 1024).limit(0);

        ChannelInput(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public int read() throws IOException {
            return fill() ? buffer.get() & 0xff : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int count = Math.min(length, buffer.remaining());
            buffer.get(bytes, offset, count);
            return count;
        }

        @Override
        public int available() {
            return buffer.remaining();
        }

        private boolean fill() throws IOException {
            if (buffer.hasRemaining()) {
                return true;
            }
            buffer.clear();
            int count = channel.read(buffer);
            buffer.flip();
            return count > 0;
        }
    }

    /** The connection took no more, which is no fault of what was to be sent. */
    private static final class Broken extends IOException {
        private static final long serialVersionUID = 1L;

        Broken(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private static final class ChannelOutput extends OutputStream {
        private final SocketChannel channel;

        ChannelOutput(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            try {
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            } catch (IOException e) {
                throw new Broken(e);
            }
        }
    }
}

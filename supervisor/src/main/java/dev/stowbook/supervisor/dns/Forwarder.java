package dev.stowbook.supervisor.dns;

import io.netty.handler.codec.dns.DnsResponseCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks the host's name servers what is not ours. Each question goes out from a port of its own and under an id of its own, both random,
 * so that nobody can answer who has not seen it. Never blocks; one context.
 */
final class Forwarder {
    private static final int ROUNDS = 2;
    private static final int CODE = 0x0f;

    private final Vertx vertx;
    private final DnsOptions options;
    private final Upstreams upstreams;
    private final NetClient tcp;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Integer> waiting = new HashMap<>();
    private int open;

    Forwarder(Vertx vertx, DnsOptions options, Upstreams upstreams) {
        this.vertx = vertx;
        this.options = options;
        this.upstreams = upstreams;
        this.tcp = vertx.createNetClient(
                new NetClientOptions().setConnectTimeout((int) options.patience().toMillis()));
    }

    /** The answer of the first server that has one; fails if none does, or if too many questions wait already. */
    Future<Buffer> ask(Question question, String asker, boolean overTcp) {
        int ofAsker = waiting.getOrDefault(asker, 0);
        if (open >= options.mostQuestions() || ofAsker >= options.mostOfOne()) {
            return Future.failedFuture("too many questions wait");
        }
        open++;
        waiting.put(asker, ofAsker + 1);
        return upstreams.servers().compose(servers -> ask(question, servers, 0, overTcp)).eventually(() -> {
            open--;
            waiting.merge(asker, -1, (a, b) -> a + b == 0 ? null : a + b);
            return Future.succeededFuture();
        });
    }

    /** One after the other, twice: a server that says it cannot answer is as good as one that says nothing. */
    private Future<Buffer> ask(Question question, List<String> servers, int attempt, boolean overTcp) {
        if (attempt == ROUNDS * servers.size()) {
            return Future.failedFuture("none of the host's name servers answers");
        }
        String server = servers.get(attempt % servers.size());
        int id = random.nextInt(1 << 16);
        Future<Buffer> answer = overTcp ? overTcp(question, server, id) : overUdp(question, server, id);
        boolean last = attempt == ROUNDS * servers.size() - 1;
        return answer.compose(
                        got -> last || useful(got)
                                ? Future.succeededFuture(got.copy().setUnsignedShort(0, question.id()))
                                : Future.<Buffer>failedFuture("refused"))
                .recover(silence -> ask(question, servers, attempt + 1, overTcp));
    }

    private static boolean useful(Buffer answer) {
        int code = answer.getByte(3) & CODE;
        return code != DnsResponseCode.SERVFAIL.intValue() && code != DnsResponseCode.REFUSED.intValue();
    }

    private Future<Buffer> overUdp(Question question, String server, int id) {
        boolean six = server.indexOf(':') >= 0;
        DatagramSocket socket = vertx.createDatagramSocket(new DatagramSocketOptions().setIpV6(six));
        Promise<Buffer> answer = Promise.promise();
        socket.handler(packet -> {
            boolean expected = packet.sender().port() == options.upstreamPort()
                    && Addresses.same(packet.sender().hostAddress(), server)
                    && question.isAnsweredBy(packet.data(), id);
            if (expected) {
                answer.tryComplete(packet.data());
            }
        });
        socket.exceptionHandler(answer::tryFail);
        long timer = vertx.setTimer(options.patience().toMillis(), late -> answer.tryFail("no answer from " + server));
        socket.listen(0, six ? "::" : "0.0.0.0")
                .compose(bound -> socket.send(question.withId(id), options.upstreamPort(), server))
                .onFailure(answer::tryFail);
        return answer.future().eventually(() -> {
            vertx.cancelTimer(timer);
            return socket.close();
        });
    }

    private Future<Buffer> overTcp(Question question, String server, int id) {
        Promise<Buffer> answer = Promise.promise();
        long timer = vertx.setTimer(options.patience().toMillis(), late -> answer.tryFail("no answer from " + server));
        Future<NetSocket> connected = tcp.connect(options.upstreamPort(), server);
        connected.onFailure(answer::tryFail).onSuccess(socket -> {
            socket.handler(new TcpMessages(message -> {
                if (question.isAnsweredBy(message, id)) {
                    answer.tryComplete(message);
                }
            }));
            socket.closeHandler(closed -> answer.tryFail(server + " hung up"));
            socket.exceptionHandler(answer::tryFail);
            socket.write(TcpMessages.framed(question.withId(id)));
        });
        return answer.future().eventually(() -> {
            vertx.cancelTimer(timer);
            connected.onSuccess(NetSocket::close);
            return Future.succeededFuture();
        });
    }
}

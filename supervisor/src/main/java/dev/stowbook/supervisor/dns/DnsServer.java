package dev.stowbook.supervisor.dns;

import dev.stowbook.supervisor.model.IpAddress;
import dev.stowbook.supervisor.model.NetworkId;
import dev.stowbook.supervisor.model.SubnetSpec;
import dev.stowbook.supervisor.state.Network;
import dev.stowbook.supervisor.state.State;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Name servers on the gateways of all networks. What they say of pods is what the newest durable state says; what is not ours is asked of
 * the host's name servers, unless whoever asks is on internal networks only. Lives on an event loop of its own and never blocks it.
 */
public final class DnsServer {
    private final Vertx vertx;
    private final Context context;
    private final DnsOptions options;
    private final Upstreams upstreams;
    private final Forwarder forwarder;
    private final Map<String, Listener> listeners = new TreeMap<>();
    private Names names = new Names(State.empty());

    /** Prepares it; it listens as soon as it is told of networks that are ready. */
    public DnsServer(Vertx vertx, DnsOptions options) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.options = options;
        this.upstreams = new Upstreams(vertx, options.resolver());
        this.forwarder = new Forwarder(vertx, options, upstreams);
        context.runOnContext(begin -> {
            upstreams.follow(options.patience());
            warmUp();
        });
    }

    /** Loads what the first question would wait for, which is a second or more on a busy host. */
    private static void warmUp() {
        byte[] question = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1}; // a., A, IN
        try {
            Question parsed = Question.parse(Buffer.buffer(question));
            Reply.addresses(parsed, List.of(IpAddress.parse("127.0.0.1")), false);
        } catch (Question.Bad e) {
            throw new IllegalStateException("a question of our own cannot be read", e);
        }
    }

    /** The state has changed. Any thread. */
    public void changed(State state) {
        context.runOnContext(now -> {
            names = new Names(state);
            follow(state);
        });
    }

    /** Stops listening. Any thread. */
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        context.runOnContext(now -> {
            List<Future<Void>> all = listeners.values().stream().map(Listener::close).toList();
            listeners.clear();
            Future.all(all).<Void>mapEmpty().onComplete(closed);
        });
        return closed.future();
    }

    private void follow(State state) {
        Map<String, Runnable> wanted = new TreeMap<>();
        Set<String> gateways = new HashSet<>();
        for (Network network : state.networks().values()) {
            for (SubnetSpec subnet : network.subnets()) {
                gateways.add(subnet.gateway());
                if (network.link().isPresent() && !network.removing()) {
                    String key = network.id() + " " + subnet.gateway();
                    wanted.put(key, () -> open(key, network.id(), subnet.gateway()));
                }
            }
        }
        upstreams.own(gateways);
        for (String gone : listeners.keySet().stream().filter(key -> !wanted.containsKey(key)).toList()) {
            listeners.remove(gone).close();
        }
        wanted.forEach((key, open) -> {
            if (!listeners.containsKey(key)) {
                open.run();
            }
        });
    }

    private void open(String key, NetworkId network, String gateway) {
        Listener listener = new Listener(vertx, network, gateway, options.port(), this::answer);
        listeners.put(key, listener);
        listener.open();
    }

    private void answer(NetworkId network, String asker, Buffer message, boolean tcp, Consumer<Buffer> reply) {
        try {
            answer(network, asker, Question.parse(message), tcp, reply);
        } catch (Question.Bad bad) {
            switch (bad.fault) {
                case IGNORED -> {}
                case MALFORMED -> reply.accept(Reply.fault(message, DnsResponseCode.FORMERR));
                case NOT_IMPLEMENTED -> reply.accept(Reply.fault(message, DnsResponseCode.NOTIMP));
            }
        }
    }

    private void answer(NetworkId network, String address, Question question, boolean tcp, Consumer<Buffer> reply) {
        Optional<Names.Asker> asker = names.asker(network, address);
        if (asker.isEmpty() || question.recordClass() != Question.IN) {
            reply.accept(Reply.refusal(question, DnsResponseCode.REFUSED));
            return;
        }
        switch (names.of(asker.get(), question.name())) {
            case Names.Meaning.Addresses(var addresses) -> reply.accept(Reply.addresses(question, addresses, tcp));
            case Names.Meaning.Named(String name) -> reply.accept(Reply.pointer(question, name, tcp));
            case Names.Meaning.Nobody nobody -> reply.accept(Reply.missing(question));
            case Names.Meaning.Foreign foreign -> {
                if (asker.get().leadsOut()) {
                    forwarder.ask(question, address, tcp)
                            .onSuccess(reply::accept)
                            .onFailure(silence -> reply.accept(Reply.refusal(question, DnsResponseCode.SERVFAIL)));
                } else {
                    reply.accept(Reply.missing(question));
                }
            }
        }
    }
}

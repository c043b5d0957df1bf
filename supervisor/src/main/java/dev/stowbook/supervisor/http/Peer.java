package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.model.ErrorCode;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.PeerCredentials;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import java.io.IOException;

/** Who is at the other end of the socket, by the kernel's word (SO_PEERCRED, unix(7)), not the request's. */
final class Peer {
    private Peer() {}

    static Actor of(HttpServerRequest request) {
        Channel channel = ((HttpServerConnection) request.connection()).channelHandlerContext().channel();
        if (!(channel instanceof EpollDomainSocketChannel socket)) {
            throw ApiProblem.of(ErrorCode.INTERNAL, "a connection of " + channel.getClass() + " says nothing about its peer");
        }
        try {
            PeerCredentials peer = socket.peerCredentials();
            return Actor.user(name(request.getHeader("User-Agent")), peer.uid(), peer.pid());
        } catch (IOException e) {
            throw ApiProblem.of(ErrorCode.UNAVAILABLE, "the kernel does not say who is at the other end: " + e.getMessage());
        }
    }

    /** The command calls itself {@code stowbook/VERSION} or {@code stowbook-cli/VERSION}. */
    private static String name(String userAgent) {
        return userAgent != null && userAgent.startsWith("stowbook") ? "cli" : "rest";
    }
}

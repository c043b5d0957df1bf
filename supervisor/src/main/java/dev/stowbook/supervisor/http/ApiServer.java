package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.stream.DurableSignal;
import dev.stowbook.supervisor.stream.TimeTravel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The native REST API on its unix socket. Any thread. */
public final class ApiServer {
    private static final int WORKERS = 8;
    private static final int HEADER_BYTES = 32 << 10;
    private static final int LINE_BYTES = 16 << 10;

    private final Backend backend;
    private final SocketFile socket;
    private final RouteTable routes;
    private final Router router;
    private final MetricsRoutes metrics;
    private @Nullable HttpServer server;
    private @Nullable HttpServer metricsServer;

    /**
     * Prepares it; {@link #start} opens it.
     *
     * @param vertx with the native transport: without it the kernel's word on who connects cannot be had
     * @throws IOException if the socket cannot be there; the message says why
     */
    public ApiServer(Vertx vertx, ApiServices services, ApiOptions options) throws IOException {
        if (!vertx.isNativeTransportEnabled()) {
            throw new IOException("the API needs Vert.x's native transport (epoll)", vertx.unavailableNativeTransportCause());
        }
        this.socket = new SocketFile(options.socket());
        WorkerExecutor workers = vertx.createSharedWorkerExecutor("stowbook-api", WORKERS);
        this.backend = new Backend(
                services,
                options,
                vertx,
                workers,
                new DurableSignal(services.loop(), services.thread()),
                new TimeTravel(services.log(), services.format(), services.snapshots()));
        this.router = Router.router(vertx);
        this.routes = new RouteTable(router);
        new LockRoutes(backend).add(routes);
        new PodRoutes(backend).add(routes);
        new LimitRoutes(backend).add(routes);
        new ContainerRoutes(backend).add(routes);
        new ChangeRoutes(backend).add(routes);
        new LogRoutes(backend).add(routes);
        new ExecRoutes(backend).add(routes);
        new AttachRoutes(backend).add(routes);
        new CareRoutes(backend).add(routes);
        new ArchiveRoutes(backend).add(routes);
        new ContentRoutes(backend).add(routes); // before what takes any name for an image
        new TransferRoutes(backend).add(routes);
        new ImageRoutes(backend).add(routes);
        new BuildRoutes(backend).add(routes);
        new NetworkRoutes(backend).add(routes);
        new VolumeRoutes(backend).add(routes);
        new EventRoutes(backend).add(routes);
        new WhyRoutes(backend).add(routes);
        new StatsRoutes(backend).add(routes);
        metrics = new MetricsRoutes(backend);
        metrics.add(routes);
        new DaemonRoutes(backend).add(routes);
    }

    List<RouteTable.Route> routes() {
        return List.copyOf(routes.routes());
    }

    /** How many requests follow the book. */
    int followers() {
        return backend.signal().readers();
    }

    /** Begins to listen. Fails with a sentence if the socket is somebody else's. */
    public Future<Void> start() {
        HttpServerOptions options = new HttpServerOptions()
                .setMaxHeaderSize(HEADER_BYTES)
                .setMaxInitialLineLength(LINE_BYTES)
                .setCompressionSupported(false);
        HttpServer listening = backend.vertx().createHttpServer(options).requestHandler(router);
        server = listening;
        return Future.fromCompletionStage(backend.signal().ready())
                .compose(ready -> backend.work(socket::prepare))
                .compose((Path born) -> listening.listen(SocketAddress.domainSocketAddress(born.toString())))
                .compose(bound -> backend.work(() -> {
                    socket.publish(backend.options().group());
                    return null;
                }));
    }

    /**
     * Serves {@code /metrics}, and nothing else, on an address of this host as well: Prometheus knows no unix sockets.
     *
     * @param address a loopback address: whoever can connect may read
     */
    public Future<Void> startMetrics(InetSocketAddress address) {
        HttpServer listening = backend.vertx().createHttpServer().requestHandler(request -> {
            if (!request.path().equals("/metrics") || request.method() != HttpMethod.GET) {
                request.response().setStatusCode(404).end("only GET /metrics is served here\n");
                return;
            }
            metrics.text(backend.vertx().getOrCreateContext(), request.getHeader("Accept"))
                    .onSuccess(text -> request.response().putHeader("Content-Type", text.contentType()).end(Buffer.buffer(text.bytes())))
                    .onFailure(failure -> request.response().setStatusCode(500).end(failure.getMessage() + "\n"));
        });
        metricsServer = listening;
        return listening.listen(address.getPort(), address.getHostString()).mapEmpty();
    }

    /** Ends all requests and removes the socket. */
    public Future<Void> stop() {
        HttpServer listening = server;
        Future<Void> closed = listening == null ? Future.succeededFuture() : listening.close();
        HttpServer scraped = metricsServer;
        return closed
                .eventually(() -> scraped == null ? Future.succeededFuture() : scraped.close())
                .eventually(() -> backend.work(() -> {
                    socket.remove();
                    return null;
                }))
                .eventually(backend.workers()::close);
    }
}

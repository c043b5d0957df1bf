package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.build.BuildException;
import dev.stowbook.supervisor.build.BuildHost;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.execute.BuildSession;
import dev.stowbook.supervisor.execute.BuildWork;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.loop.CommandLoop;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Transfers;
import dev.stowbook.supervisor.registry.Web;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Base images of builds come by a pull like any other, in the book, with the daemon's own logins; files come the same way. Waits; workers only. */
final class BuildNet implements BuildWork.Net {
    private final CommandLoop loop;
    private final Transfers transfers;
    private final Web web;
    private final Supplier<String> newRequest;

    BuildNet(CommandLoop loop, Transfers transfers, Web web, Supplier<String> newRequest) {
        this.loop = loop;
        this.transfers = transfers;
        this.web = web;
        this.newRequest = newRequest;
    }

    @Override
    public void pull(String reference, Platform platform, BuildSession session) throws BuildException {
        String name = ImageReference.parse(reference).toString();
        String request = newRequest.get();
        try (Transfers.Transfer transfer = transfers.announce(request, name, Optional.empty(), (layer, state, bytes, total) -> {})) {
            session.onCancel(transfer::cancel);
            Reply reply = loop.submit(new ImageCommand.PullImage(name, platform.toString()), Actor.daemon("build"), 0, request).join();
            if (reply instanceof Reply.Refused(ErrorCode code, String message)) {
                throw new BuildException(code, message);
            }
            transfer.result().join().warnings().forEach(session.listener()::warning);
        } catch (CompletionException e) {
            if (e.getCause() instanceof RegistryException refused) {
                throw new BuildException(refused.code(), String.valueOf(refused.getMessage()));
            }
            throw e;
        }
    }

    @Override
    public BuildHost.Fetched fetch(URI address, OutputStream to) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = web.get(address);
        try (InputStream body = response.body()) {
            if (response.statusCode() == HttpURLConnection.HTTP_OK) {
                body.transferTo(to);
            }
        }
        return new BuildHost.Fetched(response.statusCode(), response.headers().firstValue("Last-Modified"));
    }
}

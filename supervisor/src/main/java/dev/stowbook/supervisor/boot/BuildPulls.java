package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.build.BuildException;
import dev.stowbook.supervisor.command.ImageCommand;
import dev.stowbook.supervisor.event.Actor;
import dev.stowbook.supervisor.execute.BuildWork;
import dev.stowbook.supervisor.image.ImageReference;
import dev.stowbook.supervisor.image.Platform;
import dev.stowbook.supervisor.loop.CommandLoop;
import dev.stowbook.supervisor.loop.Reply;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.registry.RegistryException;
import dev.stowbook.supervisor.registry.Transfers;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Pulls the base images of builds: a pull like any other, in the book, with the daemon's own logins. Waits for it; workers only. */
final class BuildPulls implements BuildWork.Pulling {
    private final CommandLoop loop;
    private final Transfers transfers;
    private final Supplier<String> newRequest;

    BuildPulls(CommandLoop loop, Transfers transfers, Supplier<String> newRequest) {
        this.loop = loop;
        this.transfers = transfers;
        this.newRequest = newRequest;
    }

    @Override
    public void pull(String reference, Platform platform) throws BuildException {
        String name = ImageReference.parse(reference).toString();
        String request = newRequest.get();
        try (Transfers.Transfer transfer = transfers.announce(request, name, Optional.empty(), (layer, state, bytes, total) -> {})) {
            Reply reply = loop.submit(new ImageCommand.PullImage(name, platform.toString()), Actor.daemon("build"), 0, request).join();
            if (reply instanceof Reply.Refused(ErrorCode code, String message)) {
                throw new BuildException(code, message);
            }
            transfer.result().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RegistryException refused) {
                throw new BuildException(refused.code(), String.valueOf(refused.getMessage()));
            }
            throw e;
        }
    }
}

package dev.stowbook.supervisor.loop;

import dev.stowbook.supervisor.command.Command;
import dev.stowbook.supervisor.event.Actor;
import java.util.concurrent.CompletableFuture;

/**
 * A command on its way to the loop.
 *
 * @param command what is asked
 * @param actor who asks
 * @param causeSequence the event that led to it, 0 if none
 * @param request the request it came with, empty if none
 * @param reply completed on the loop's thread
 */
record Submission(
        Command command, Actor actor, long causeSequence, String request, CompletableFuture<Reply> reply) {}

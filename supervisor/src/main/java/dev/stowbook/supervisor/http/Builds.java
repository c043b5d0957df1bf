package dev.stowbook.supervisor.http;

import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.ErrorCode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;

/** Hands contexts to builds and watches these. Any thread; nothing else blocks. */
public interface Builds {

    /** What can be seen of a build, beside the book. */
    sealed interface Progress {
        /** A step begins. */
        record Step(int number, int total, String instruction) implements Progress {}

        /** A command wrote something. */
        record Output(String stream, String text) implements Progress {}

        /** A step is done. */
        record Done(int number, String image, boolean cached, long tookMicros) implements Progress {}

        /** Something that does not end the build. */
        record Warning(String sentence) implements Progress {}
    }

    /** Who watches; on the build's thread, which waits in it while output comes faster than it is read. */
    interface Watcher {
        void see(Progress progress);
    }

    /** How a build ended: with an image, or with a code and a sentence. */
    record End(String image, Optional<ErrorCode> code, String message) {}

    /** A build that is about to be asked for, or runs. */
    interface Watched {
        /** How it ended; empty before. */
        Optional<End> end();

        /** Breaks it off. */
        void cancel();

        /** Forgets it. */
        void close();
    }

    /** To be called before the build is asked for. */
    Watched expect(BuildId build, Path context, SortedMap<String, String> arguments, Watcher watcher);
}

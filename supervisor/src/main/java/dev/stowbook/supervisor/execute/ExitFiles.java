package dev.stowbook.supervisor.execute;

import dev.stowbook.supervisor.keeper.ExitFile;
import dev.stowbook.supervisor.keeper.KeeperMessage;
import dev.stowbook.supervisor.model.ExitStatus;
import dev.stowbook.supervisor.reconcile.Survey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What keepers leave behind for a daemon that was away. */
final class ExitFiles {
    private ExitFiles() {}

    static Survey.Finding finding(Path stateDirectory, int generation) {
        try {
            Optional<ExitFile> file = ExitFile.read(stateDirectory).filter(exit -> exit.generation() == generation);
            return file.<Survey.Finding>map(ExitFiles::ended).orElse(new Survey.Finding.Gone());
        } catch (IOException e) {
            return new Survey.Finding.Gone();
        }
    }

    private static Survey.Finding ended(ExitFile file) {
        ExitStatus.Kind kind = file.startFailure().isPresent()
                ? ExitStatus.Kind.START_FAILED
                : file.signal().isPresent() ? ExitStatus.Kind.SIGNALLED : ExitStatus.Kind.EXITED;
        OptionalInt signal = file.signal();
        ExitStatus exit = new ExitStatus(
                kind,
                file.code(),
                signal,
                file.at().truncatedTo(ChronoUnit.MICROS),
                true,
                file.startFailure().map(KeeperMessage.StartFailed::describe).orElse(""));
        Optional<Survey.Started> started = file.startFailure().isPresent()
                ? Optional.empty()
                : Optional.of(new Survey.Started(
                        Identities.model(file.process()), file.insidePid(), Identities.model(file.keeper()), file.namespaceInodes(), List.of()));
        return new Survey.Finding.Ended(started, exit, file.droppedBytes());
    }

}

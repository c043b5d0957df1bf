package dev.stowbook.supervisor.decide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.supervisor.command.ContainerCommand;
import dev.stowbook.supervisor.event.ContainerEvent.FilesCopiedIn;
import dev.stowbook.supervisor.model.PodSpec.RestartPolicy;
import org.junit.jupiter.api.Test;

/** What the book says of files that were copied into containers. */
class CopiesTest extends DecisionTest {
    @Test
    void aCopyIsWrittenDownWithWhereHowMuchAndWhetherAllOfIt() {
        running("web", RestartPolicy.NEVER);
        FilesCopiedIn copied = book.when(new ContainerCommand.RecordCopy("web", "/etc", 3, 4096, false)).one(FilesCopiedIn.class);
        assertEquals("/etc 3 4096 false", copied.path() + " " + copied.entries() + " " + copied.bytes() + " " + copied.complete());
    }
}

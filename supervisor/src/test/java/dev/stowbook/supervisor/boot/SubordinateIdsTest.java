package dev.stowbook.supervisor.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.supervisor.model.IdPool;
import dev.stowbook.supervisor.model.IdRange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubordinateIdsTest {
    private static final IdPool POOL = new IdPool(200_000, 10, List.of());

    @TempDir
    private Path directory;

    private List<IdRange> others(String subuid) throws Exception {
        Path file = Files.writeString(directory.resolve("subuid"), subuid);
        return SubordinateIds.avoidedBy(POOL, List.of(file, directory.resolve("none"))).others();
    }

    @Test
    void whatOthersHaveOfThePoolIsAvoidedAndNothingElse() throws Exception {
        assertEquals(
                List.of(new IdRange(100_000, 100_001), new IdRange(300_000, 65_536)),
                others("alice:300000:65536\nbob:100000:100001\n1000:100000:100000\nstowbook:400000:65536\nalice:300000:65536\n"));
    }

    @Test
    void brokenLinesArePassedOverAsNewuidmapDoes() throws Exception {
        assertEquals(List.of(new IdRange(200_000, 1)), others("# a comment\n\n:1:2\nx:y:z\nx:200000:0\nx:99999999999:1\nx:200000:1\nx:200001\n"));
        assertEquals(List.of(new IdRange(200_000, 4_294_767_295L)), others("all:200000:4294967295\n"));
    }
}

package dev.stowbook.supervisor.boot;

import dev.stowbook.supervisor.execute.BuildWork;
import dev.stowbook.supervisor.execute.Directories;
import dev.stowbook.supervisor.http.logs.LogCursor;
import dev.stowbook.supervisor.http.logs.LogLine;
import dev.stowbook.supervisor.http.logs.LogQuery;
import dev.stowbook.supervisor.model.ContainerId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What the commands of a build write, out of the log files of their containers. */
final class StepOutputs implements BuildWork.Outputs {
    private static final LogQuery ALL = new LogQuery(OptionalLong.empty(), Optional.empty(), Optional.empty());

    private final Directories directories;

    StepOutputs(Directories directories) {
        this.directories = directories;
    }

    @Override
    public BuildWork.Output of(ContainerId container) throws IOException {
        LogCursor cursor = new LogCursor(directories.logs(container).resolve("log"), ALL);
        return new BuildWork.Output() {
            @Override
            public List<Map.Entry<String, String>> read() throws IOException {
                List<Map.Entry<String, String>> some = new ArrayList<>();
                for (LogLine line : cursor.read()) {
                    String text = new String(line.text(), StandardCharsets.UTF_8);
                    some.add(Map.entry(line.stream(), line.partial() ? text : text + "\n"));
                }
                return some;
            }

            @Override
            public boolean hasGaps() {
                return cursor.hasGaps();
            }

            @Override
            public void close() throws IOException {
                cursor.close();
            }
        };
    }
}

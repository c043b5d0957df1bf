package dev.stowbook.supervisor.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is seen of layers while they come: every state that is news is drawn at once, so none of this waits. */
class LayerBarsTest {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    private LayerBars bars(boolean terminal) {
        PrintStream err = new PrintStream(written, true, UTF_8);
        return new LayerBars(new Environment(InputStream.nullInputStream(), err, err, Map.of(), terminal, terminal));
    }

    private static JsonObject layer(String id, String state, long bytes, long total) {
        return JsonObject.of(Map.of("layer", "sha256:" + id.repeat(32), "state", state, "bytes", bytes, "total", total));
    }

    /** The lines of a terminal that was written to: it knows how to go up, to the left, and to clear a line. */
    private List<String> screen() {
        List<String> lines = new ArrayList<>();
        int row = 0;
        for (String part : written.toString(UTF_8).split("(?<=\n)|(?=\u001b\\[[0-9]+A)|(?<=A)(?=\r)")) {
            if (part.startsWith("\u001b[")) {
                row -= Integer.parseInt(part.substring(2, part.length() - 1));
                continue;
            }
            assertEquals("\r\u001b[K", part.substring(0, 4), "each line is cleared before it is drawn");
            if (row == lines.size()) {
                lines.add("");
            }
            lines.set(row++, part.substring(4).stripTrailing());
        }
        return lines;
    }

    @Test
    void onATerminalEachLayerHasALineThatIsDrawnAnew() {
        LayerBars bars = bars(true);
        bars.show(layer("aa", "downloading", 5_120, 20_480));
        bars.show(layer("bb", "exists", 0, 0));
        bars.show(layer("cc", "downloading", 20_480, 20_480));
        assertEquals(
                List.of("aaaaaaaaaaaa  [=======                       ]  5.0 KiB of 20.0 KiB", "bbbbbbbbbbbb  already there",
                        "cccccccccccc  [==============================]  20.0 KiB of 20.0 KiB"),
                screen());
        bars.show(layer("aa", "applying", 20_480, 20_480));
        bars.show(layer("cc", "done", 20_480, 20_480));
        bars.end();
        assertEquals(List.of("aaaaaaaaaaaa  unpacking  20.0 KiB", "bbbbbbbbbbbb  already there", "cccccccccccc  done  20.0 KiB"), screen());
    }

    @Test
    void ofManyLayersThoseThatAreDoneMakeRoom() {
        LayerBars bars = bars(true);
        for (int i = 10; i < 35; i++) {
            bars.show(layer(Integer.toString(i), i < 20 ? "done" : "waiting", 0, 0));
        }
        List<String> screen = screen();
        assertEquals(20, screen.size());
        assertEquals("151515151515  done", screen.getFirst());
        assertEquals("343434343434  waiting", screen.getLast());
    }

    @Test
    void elsewhereEachLayerIsTold() {
        LayerBars bars = bars(false);
        bars.show(layer("aa", "downloading", 5_120, 20_480));
        bars.show(layer("aa", "done", 20_480, 20_480));
        bars.show(layer("bb", "mounted", 0, 0));
        bars.end();
        assertEquals("aaaaaaaaaaaa  done  20.0 KiB\nbbbbbbbbbbbb  already there, in another repository\n", written.toString(UTF_8));
    }
}

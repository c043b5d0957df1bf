package dev.stowbook.supervisor.cli;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;

/** How layers come along: bars that redraw on a terminal, a line for each that is done elsewhere. */
final class LayerBars {
    private static final long EVERY_NANOS = 100_000_000L;
    private static final int MOST_BARS = 20;
    private static final int WIDTH = 30;

    /** One layer. */
    private record Bar(String state, long bytes, long totalBytes) {
        boolean ended() {
            return state.equals("done") || state.equals("exists") || state.equals("mounted");
        }
    }

    private final PrintStream err;
    private final boolean terminal;
    private final Map<String, Bar> bars = new LinkedHashMap<>();
    private long next;
    private int drawn;

    LayerBars(Environment environment) {
        this.err = environment.err();
        this.terminal = environment.terminalErr();
    }

    void show(JsonObject progress) {
        String layer = progress.text("layer");
        Bar bar = new Bar(progress.text("state"), progress.number("bytes", 0), progress.number("total", 0));
        Bar before = bars.put(layer, bar);
        boolean news = before == null || !before.state().equals(bar.state());
        if (!terminal) {
            if (news && bar.ended()) {
                err.println(line(layer, bar));
            }
            return;
        }
        long now = System.nanoTime();
        if (news || now - next >= 0) {
            next = now + EVERY_NANOS;
            draw();
        }
    }

    private void draw() {
        StringBuilder out = new StringBuilder(drawn > 0 ? "\u001b[" + drawn + "A" : "");
        int hidden = Math.max(0, bars.size() - MOST_BARS);
        int lines = 0;
        for (Map.Entry<String, Bar> each : bars.entrySet()) {
            if (hidden > 0 && each.getValue().ended()) {
                hidden--; // what is done makes room for what goes on
            } else if (lines < MOST_BARS) {
                out.append("\r\u001b[K").append(line(each.getKey(), each.getValue())).append('\n');
                lines++;
            }
        }
        for (int more = drawn - lines; more > 0; more--, lines++) {
            out.append("\r\u001b[K\n");
        }
        err.print(out);
        err.flush();
        drawn = lines;
    }

    /** The last state stays on the screen. */
    void end() {
        if (terminal && !bars.isEmpty()) {
            draw();
        }
    }

    private static String line(String layer, Bar bar) {
        String name = Table.printable(ListCommands.shortId(layer)) + "  ";
        String size = bar.totalBytes() > 0 ? Sizes.of(bar.totalBytes()) : bar.bytes() > 0 ? Sizes.of(bar.bytes()) : "";
        return switch (bar.state()) {
            case "downloading" -> name + drawing(bar) + "  " + Sizes.of(bar.bytes()) + " of " + size;
            case "uploading" -> name + "sending  " + size;
            case "applying" -> name + "unpacking  " + size;
            case "exists" -> name + "already there";
            case "mounted" -> name + "already there, in another repository";
            case "done" -> name + "done  " + size;
            default -> name + Table.printable(bar.state());
        };
    }

    private static String drawing(Bar bar) {
        int full = bar.totalBytes() <= 0 ? 0 : (int) Math.min(WIDTH, WIDTH * bar.bytes() / bar.totalBytes());
        return "[" + "=".repeat(full) + " ".repeat(WIDTH - full) + "]";
    }
}

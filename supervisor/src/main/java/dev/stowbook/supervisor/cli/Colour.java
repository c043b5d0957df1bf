package dev.stowbook.supervisor.cli;

/** Colours of a terminal (ECMA-48, SGR). */
enum Colour {
    NONE(""),
    GREEN("\u001b[32m"),
    YELLOW("\u001b[33m"),
    RED("\u001b[31m"),
    CYAN("\u001b[36m"),
    FAINT("\u001b[2m");

    private static final String OFF = "\u001b[0m";
    private final String on;

    Colour(String on) {
        this.on = on;
    }

    String paint(String text) {
        return this == NONE || text.isEmpty() ? text : on + text + OFF;
    }

    static Colour ofState(String state) {
        if (state.startsWith("running")) {
            return GREEN;
        }
        if (state.startsWith("exited (0)") || state.startsWith("created") || state.startsWith("stopped")) {
            return FAINT;
        }
        return state.startsWith("exited") ? RED : YELLOW;
    }
}

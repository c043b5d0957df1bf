package dev.stowbook.supervisor.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Rows with aligned columns. */
final class Table {
    private static final String GAP = "   ";

    private final List<String[]> rows = new ArrayList<>();
    private final List<Colour> colours = new ArrayList<>();
    private final int coloured;

    /** @param coloured the column that takes each row's colour, -1 for none */
    Table(int coloured, String... titles) {
        this.coloured = coloured;
        rows.add(titles);
        colours.add(Colour.NONE);
    }

    void row(Colour colour, String... cells) {
        for (int i = 0; i < cells.length; i++) {
            cells[i] = printable(cells[i]);
        }
        rows.add(cells);
        colours.add(colour);
    }

    void print(PrintStream out, boolean colour) {
        int[] widths = new int[rows.get(0).length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], width(row[i]));
            }
        }
        for (int r = 0; r < rows.size(); r++) {
            String[] row = rows.get(r);
            StringBuilder line = new StringBuilder(120);
            for (int i = 0; i < row.length; i++) {
                boolean last = i == row.length - 1;
                line.append(colour && i == coloured ? colours.get(r).paint(row[i]) : row[i]);
                if (!last) {
                    line.append(" ".repeat(widths[i] - width(row[i]))).append(GAP);
                }
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }

    /** Names come from manifests and images: none may move the cursor. */
    static String printable(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                StringBuilder out = new StringBuilder(text);
                for (int j = i; j < out.length(); j++) {
                    if (Character.isISOControl(out.charAt(j))) {
                        out.setCharAt(j, '?');
                    }
                }
                return out.toString();
            }
        }
        return text;
    }
}

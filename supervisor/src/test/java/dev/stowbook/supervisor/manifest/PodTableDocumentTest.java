package dev.stowbook.supervisor.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table in {@code docs/manifests.md} is the field table. {@code -Dstowbook.write=true} writes it anew. */
class PodTableDocumentTest {
    private static final String BEGIN = "<!-- field table: begin -->\n";
    private static final String END = "<!-- field table: end -->\n";
    private static final Path DOCUMENT = ManifestsTest.EXAMPLES.resolveSibling("docs").resolve("manifests.md");

    @Test
    void theDocumentHoldsTheFieldTable() throws IOException {
        holds(BEGIN, END, table(PodTable.POD));
    }

    @Test
    void theDocumentHoldsTheTableOfNetworks() throws IOException {
        holds(BEGIN.replace("field", "network"), END.replace("field", "network"), table(NetworkTable.NETWORK));
    }

    @Test
    void theDocumentOfLocksHoldsTheirTable() throws IOException {
        holds(DOCUMENT.resolveSibling("locks.md"), BEGIN.replace("field", "lock"), END.replace("field", "lock"), table(LockTable.LOCK));
    }

    private static void holds(String first, String last, String table) throws IOException {
        holds(DOCUMENT, first, last, table);
    }

    private static void holds(Path file, String first, String last, String table) throws IOException {
        String document = Files.readString(file);
        int begin = document.indexOf(first) + first.length();
        int end = document.indexOf(last);
        assertTrue(begin >= first.length() && end >= begin, file.getFileName() + " has no '" + first.strip() + "' and '" + last.strip() + "'");
        if (Boolean.getBoolean("stowbook.write")) {
            Files.writeString(file, document.substring(0, begin) + table + document.substring(end));
            return;
        }
        assertEquals(table, document.substring(begin, end), file.getFileName() + " is behind the table; -Dstowbook.write=true writes it");
    }

    private static String table(Shape.Fields document) {
        List<String> rows = new ArrayList<>();
        List<String> notYet = new ArrayList<>();
        walk(document, "", rows, notYet);
        return "| field | type | meaning |\n|---|---|---|\n" + String.join("", rows) + (notYet.isEmpty() ? "" : "\nKnown from Kubernetes and refused by name, since they are not supported yet:\n\n"
                + String.join("", notYet));
    }

    private static void walk(Shape.Fields shape, String path, List<String> rows, List<String> notYet) {
        for (Shape.Field field : shape.fields()) {
            String name = path.isEmpty() ? field.name() : path + "." + field.name();
            rows.add("| `" + name + "` | " + field.shape().title() + (field.required() ? ", required" : "") + " | " + field.meaning() + " |\n");
            if (field.shape() instanceof Shape.Fields below) {
                walk(below, name, rows, notYet);
            } else if (field.shape() instanceof Shape.Items items && items.item() instanceof Shape.Fields below) {
                walk(below, name + "[]", rows, notYet);
            }
        }
        if (!shape.notYet().isEmpty()) {
            notYet.add("* in " + (path.isEmpty() ? "the document" : "`" + path + "`") + ": " + String.join(", ", shape.notYet().keySet()) + "\n");
        }
    }
}

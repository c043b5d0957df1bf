package dev.stowbook.supervisor.image;

import dev.stowbook.supervisor.registry.DockerRegistry;
import java.nio.file.Files;
import java.nio.file.Path;

/** The program that {@code docs/locks.md} gives to others, run as it stands there. */
public final class DocumentedTree {
    private static final Path DOCUMENT = Path.of(System.getProperty("stowbook.repository"), "docs", "locks.md");
    private static final String BEGIN = "```python\n";

    private DocumentedTree() {}

    /**
     * What it says of the tree in a directory.
     *
     * @param work where it is put
     */
    public static String of(Path work, String directory) throws Exception {
        String text = Files.readString(DOCUMENT);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        Path program = Files.writeString(work.resolve("tree.py"), text.substring(begin, text.indexOf("```", begin)));
        return DockerRegistry.run("python3", program.toString(), directory).strip();
    }
}

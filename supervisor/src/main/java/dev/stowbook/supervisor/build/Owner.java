package dev.stowbook.supervisor.build;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Whose a file is to be.
 *
 * @param uid user
 * @param gid group
 */
record Owner(int uid, int gid) {
    static final Owner ROOT = new Owner(0, 0);
    private static final int LONGEST_BYTES = 1 << 20;

    /**
     * Reads {@code user[:group]}, names looked up in the image's own files; without a group it is the one that is called
     * as the user is, else the one that has the user's number.
     */
    static Owner parse(String text, FileTree image) throws IOException, BuildException {
        int colon = text.indexOf(':');
        String user = colon < 0 ? text : text.substring(0, colon);
        int uid = id(text, user, image, "etc/passwd");
        if (colon < 0) {
            return new Owner(uid, id(user, image, "etc/group").orElse(uid));
        }
        return new Owner(uid, id(text, text.substring(colon + 1), image, "etc/group"));
    }

    private static int id(String whole, String name, FileTree image, String file) throws IOException, BuildException {
        return id(name, image, file).orElseThrow(() -> BuildException.invalid("--chown=" + whole + ": the image's /" + file + " knows no "
                + Place.quoted(name) + ": create it with RUN, or give numbers as in --chown=1000:1000"));
    }

    private static OptionalInt id(String name, FileTree image, String file) throws IOException {
        if (name.matches("[0-9]{1,10}") && Long.parseLong(name) < 0xffffffffL) {
            return OptionalInt.of((int) Long.parseLong(name));
        }
        Optional<String> text = ImageTree.text(image, file, LONGEST_BYTES);
        return text.isPresent() ? lookUp(text.get(), name) : OptionalInt.empty();
    }

    /** The third field of the line that begins with a name (passwd(5), group(5)). */
    private static OptionalInt lookUp(String text, String name) {
        for (String line : text.split("\n")) {
            String[] fields = line.split(":", -1);
            if (fields.length >= 3 && fields[0].equals(name) && fields[2].matches("[0-9]{1,10}") && Long.parseLong(fields[2]) < 0xffffffffL) {
                return OptionalInt.of((int) Long.parseLong(fields[2]));
            }
        }
        return OptionalInt.empty();
    }
}

package dev.stowbook.testkit.graph;

import dev.stowbook.testkit.Self;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tars that try to leave their layer, or are damaged. */
public final class HostileTars {
    private HostileTars() {}

    /**
     * One of them.
     *
     * @param name what it tries
     * @param tar its bytes
     * @param mentions if refused: what the message must name; if contained: a path that must stand in the layer
     */
    public record Case(String name, byte[] tar, String mentions) {}

    private static Case of(String name, String mentions, TarBytes tar) {
        return new Case(name, tar.bytes(), mentions);
    }

    /** Those that must be refused. All reach for the directory {@code outside}. */
    public static List<Case> refused(Path outside) {
        String up = "../".repeat(20) + outside.toString().substring(1);
        byte[] whole = new TarBytes().file("data", 0644, "x".repeat(5000)).bytes();
        byte[] badChecksum = whole.clone();
        badChecksum[0] ^= 1;
        byte[] secondHeader = new TarBytes().file("good", 0644, "x").bytes();
        Arrays.fill(secondHeader, 1024, 1536, (byte) 'z');
        List<Case> cases = new ArrayList<>(List.of(
                of("dot-dot path", "../", new TarBytes().file(up + "/evil", 0644, "x")),
                of("dot-dot in the middle", "etc/../../", new TarBytes().file("etc/../../" + outside + "/evil", 0644, "x")),
                of("dot-dot alone", "..", new TarBytes().directory("..", 0755)),
                of("hard link upwards", "stolen", new TarBytes().hardLink("stolen", up + "/canary")),
                of("absolute hard link", "stolen", new TarBytes().hardLink("stolen", outside + "/canary")),
                of("hard link through a link of its own", "stolen", new TarBytes()
                        .symlink("door", outside.toString()).hardLink("stolen", "door/canary")),
                of("hard link to a lower file", "stolen", new TarBytes().hardLink("stolen", "etc/passwd")),
                of("hard link to a directory", "stolen", new TarBytes().directory("d/", 0755).hardLink("stolen", "d")),
                of("entry through a file", "file/below", new TarBytes().file("file", 0644, "x").file("file/below", 0644, "x")),
                of("entry through a lower file", "etc/passwd/x", new TarBytes().file("etc/passwd/x", 0644, "x")),
                of("entry through a device", "dev/x", device().file("dev/x", 0644, "x")),
                of("links in a circle", "a/x", new TarBytes().symlink("a", "b").symlink("b", "a").file("a/x", 0644, "x")),
                of("whiteout of the parent", ".wh...", new TarBytes().file("etc/.wh...", 0, "")),
                of("whiteout of the directory itself", ".wh..", new TarBytes().file("etc/.wh..", 0, "")),
                of("whiteout of nothing", ".wh.", new TarBytes().file("etc/.wh.", 0, "")),
                of("whiteout through dot-dot", "..", new TarBytes().file("../.wh.canary", 0, "")),
                of("a device that means deleted", "gone", new TarBytes().characterDevice("gone", 0, 0)),
                of("overlay's own attribute", "trusted.overlay.redirect", new TarBytes()
                        .xattr("trusted.overlay.redirect", "/etc".getBytes()).directory("d/", 0755)),
                of("a name too long", "300", new TarBytes().file("n".repeat(300), 0644, "x")),
                of("a path too long", "5000", new TarBytes().file("d/".repeat(2500), 0644, "x")),
                of("a path too deep", "600", new TarBytes().file("d/".repeat(599) + "f", 0644, "x")),
                of("a root that is a file", "./", new TarBytes().symlink("./", outside.toString())),
                of("an unknown type", "weird", new TarBytes().member('V', "weird", 0644, "", new byte[0], 0, 0)),
                of("a NUL in a path", "NUL", new TarBytes().pax("path", "a\0b").file("a", 0644, "x")),
                of("a link to nothing", "empty", new TarBytes().symlink("empty", "")),
                of("a time that takes hours to compute", "time", new TarBytes().pax("mtime", "1e999999999").file("n", 0644, "x")),
                of("attributes that no file system keeps", "attributes", new TarBytes()
                        .xattr("user.a", new byte[40_000]).file("attributes", 0644, "x")),
                of("headers without end", "header", headersWithoutEnd()),
                of("empty headers without end", "header", emptyHeadersWithoutEnd()),
                of("global headers of megabytes", "global", new TarBytes()
                        .member('g', "g", 0, "", comment(70_000), 0, 0).file("n", 0644, "x")),
                of("a sparse map without end", "sparse", sparseMapWithoutEnd()),
                of("a negative size", "size", new TarBytes().pax("size", "-5").file("n", 0644, "x")),
                of("a size beyond the stream", "n", new TarBytes().pax("size", "99999999").file("n", 0644, "x")),
                of("a pax header without form", "pax", new TarBytes().member('x', "p", 0, "", "nonsense".getBytes(), 0, 0)),
                of("a pax record longer than its header", "pax", new TarBytes().member('x', "p", 0, "", "99 path=a\n".getBytes(), 0, 0)),
                of("a header of a gigabyte", "header", new TarBytes()
                        .raw(Arrays.copyOf(new TarBytes().member('L', "x", 0, "", new byte[(1 << 20) + 1], 0, 0).bytes(), 1 << 20))),
                of("sparse runs behind the end", "sparse", new TarBytes()
                        .pax("GNU.sparse.major", "0").pax("GNU.sparse.size", "10").pax("GNU.sparse.map", "9,5").file("s", 0644, "12345")),
                of("sparse runs that overlap", "sparse", new TarBytes()
                        .pax("GNU.sparse.size", "100").pax("GNU.sparse.map", "0,3,2,2").file("s", 0644, "12345"))));
        cases.add(new Case("a wrong checksum", badChecksum, "checksum"));
        cases.add(new Case("a second header of garbage", secondHeader, "good"));
        cases.add(new Case("cut within a file", Arrays.copyOf(whole, 3000), "data"));
        cases.add(new Case("cut within a header", Arrays.copyOf(whole, 300), "truncated"));
        return cases;
    }

    /** A device, or what is like one and needs no root. */
    private static TarBytes device() {
        return Self.isRoot() ? new TarBytes().characterDevice("dev", 1, 3) : new TarBytes().fifo("dev");
    }

    private static TarBytes emptyHeadersWithoutEnd() {
        TarBytes tar = new TarBytes();
        for (int i = 0; i < 5000; i++) {
            tar.member('x', "p", 0, "", new byte[0], 0, 0);
        }
        return tar.file("n", 0644, "x");
    }

    private static byte[] comment(int length) {
        byte[] record = new byte[length];
        Arrays.fill(record, (byte) 'v');
        byte[] begin = (length + " comment=").getBytes();
        System.arraycopy(begin, 0, record, 0, begin.length);
        record[length - 1] = '\n';
        return record;
    }

    /** An old GNU sparse file (GNU tar, "Old GNU Format") whose map says that it goes on, and has nothing in it. */
    private static TarBytes sparseMapWithoutEnd() {
        byte[] header = Arrays.copyOf(new TarBytes().member('S', "sparse", 0644, "", new byte[0], 0, 0).bytes(), 512);
        header[482] = 1;
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        System.arraycopy(String.format("%06o\0 ", sum).getBytes(), 0, header, 148, 8);
        byte[] more = new byte[512];
        more[504] = 1;
        TarBytes tar = new TarBytes().raw(header);
        for (int i = 0; i < 5000; i++) {
            tar.raw(more);
        }
        return tar.raw(new byte[512]);
    }

    private static TarBytes headersWithoutEnd() {
        TarBytes tar = new TarBytes();
        for (int i = 0; i < 20; i++) {
            byte[] record = new byte[100_000];
            Arrays.fill(record, (byte) 'v');
            System.arraycopy(("100000 key" + (10 + i) + "=").getBytes(), 0, record, 0, 13);
            record[record.length - 1] = '\n';
            tar.member('x', "p", 0, "", record, 0, 0);
        }
        return tar.file("n", 0644, "x");
    }

    /** Those that tar(1) and others write in good faith, or that land harmlessly inside. */
    public static List<Case> contained(Path outside) {
        String inside = outside.toString();
        return List.of(
                of("absolute path", inside + "/evil", new TarBytes().file(inside + "/evil", 0644, "x")),
                of("written through a link", inside + "/evil", new TarBytes()
                        .symlink("door", inside).file("door/evil", 0644, "x")),
                of("written through a link upwards", inside + "/evil", new TarBytes()
                        .symlink("door", "../".repeat(30) + inside.substring(1)).file("door/evil", 0644, "x")),
                of("a link replaced by a file", "/door", new TarBytes()
                        .symlink("door", inside + "/canary").file("door", 0644, "overwritten")),
                of("a link replaced by a directory", "/door/evil", new TarBytes()
                        .symlink("door", inside).directory("door/", 0755).file("door/evil", 0644, "x")),
                of("mode and owner of a link's target", "/door", new TarBytes()
                        .owner(99, 99).symlink("door", inside + "/canary").hardLink("again", "door")),
                of("whiteout through a link", "/door", new TarBytes().symlink("door", inside).whiteout("door/canary")),
                of("opaque through a link", "/door", new TarBytes().symlink("door", inside).opaque("door")));
    }
}

package dev.stowbook.linux.layer;

import dev.stowbook.linux.file.RawPath;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar as a stream: ustar, pax, GNU long names and sparse files (old GNU form and pax 0.0, 0.1, 1.0). Names are bytes.
 * Every header's checksum is checked, every size is bounded. Not safe for two threads.
 *
 * <p>Sources: POSIX.1-2017 pax "ustar Interchange Format" and "pax Extended Header"; GNU tar manual, "Storing Sparse Files".
 */
public final class TarReader {
    private static final int BLOCK = 512;
    private static final int MAX_HEADER_DATA_BYTES = 1 << 20;
    private static final int MAX_SPARSE_RUNS = 1 << 16;
    private static final int MAX_GLOBAL_RECORDS = 1000;
    private static final int MAX_GLOBAL_BYTES = 64 << 10;
    private static final int SPARSE_RUNS_OF_A_BLOCK = 21;

    /** How many headers may come before one member's own: pax, long name, long link, and the odd one more. */
    static final int MAX_HEADERS = 64;

    /** How many blocks an old GNU sparse map may go on for. */
    static final int MAX_SPARSE_BLOCKS = MAX_SPARSE_RUNS / SPARSE_RUNS_OF_A_BLOCK + 1;

    /** A piece of a sparse file that has data. */
    public record Run(long offset, long length) {}

    private final InputStream in;
    private final boolean headersOnly;
    private final byte[] block = new byte[BLOCK];
    private final Map<String, byte[]> global = new HashMap<>();
    private Map<String, byte[]> pax = new HashMap<>();
    private final List<String> sparseNumbers = new ArrayList<>();
    private long headerBytes;
    private long globalBytes;
    private long entryDataLeft;
    private long paddingLeft;
    private long storedBytes;
    private long fileBytes;
    private boolean sparse;
    private List<Run> runs = List.of();
    private String last = "";

    public TarReader(InputStream in) {
        this(in, false);
    }

    private TarReader(InputStream in, boolean headersOnly) {
        this.in = in;
        this.headersOnly = headersOnly;
    }

    /** Reads one member's headers where its data is not at hand; where a sparse file's data belongs is then not known. */
    static TarReader ofHeaders(InputStream in) {
        return new TarReader(in, true);
    }

    /** How many bytes of data the tar has for the current member, without padding. */
    long storedBytes() {
        return storedBytes;
    }

    /** How large the current member is unpacked, holes included. Only where headers alone are read. */
    long fileBytes() {
        return fileBytes;
    }

    /** Whether the current member is a sparse file. */
    boolean isSparse() {
        return sparse;
    }

    /**
     * The next member; empty at the end, after which the stream has been read to its own end.
     *
     * @throws LayerException if the tar is damaged or truncated, naming the member before
     */
    public Optional<TarEntry> next() throws IOException {
        skip(entryDataLeft);
        entryDataLeft = 0;
        // Some writers (umoci insert 0.4) stop behind the last byte of data, without padding and end mark.
        if (in.readNBytes((int) paddingLeft).length < paddingLeft) {
            return Optional.empty();
        }
        paddingLeft = 0;
        headerBytes = 0;
        pax = new HashMap<>(global);
        sparseNumbers.clear();
        byte @Nullable [] longName = null;
        byte @Nullable [] longLink = null;
        for (int headers = 0; ; headers++) {
            if (!readHeader()) {
                return Optional.empty();
            }
            if (headers > MAX_HEADERS && !headersOnly) {
                throw damaged("more than " + MAX_HEADERS + " headers for one entry");
            }
            char type = (char) (block[156] & 0xff);
            long size = TarNumbers.read(block, 124, 12, "size");
            if (size < 0) {
                throw damaged("a negative size");
            }
            switch (type) {
                case 'x', 'X' -> parsePax(headerData(size), pax);
                case 'g' -> {
                    globalBytes += size;
                    if (globalBytes > MAX_GLOBAL_BYTES && !headersOnly) {
                        throw damaged("global pax headers of more than " + MAX_GLOBAL_BYTES + " bytes");
                    }
                    parsePax(headerData(size), global);
                    if (global.size() > MAX_GLOBAL_RECORDS) {
                        throw damaged("more than " + MAX_GLOBAL_RECORDS + " global pax records");
                    }
                    global.forEach(pax::putIfAbsent);
                }
                case 'L' -> longName = cString(headerData(size), 0, (int) size);
                case 'K' -> longLink = cString(headerData(size), 0, (int) size);
                default -> {
                    return Optional.of(entry(type, size, longName, longLink));
                }
            }
        }
    }

    /** Reads data of the current member, holes of a sparse one left out; -1 at its end. */
    public int read(byte[] buffer, int length) throws IOException {
        if (entryDataLeft == 0) {
            return -1;
        }
        int count = in.read(buffer, 0, (int) Math.min(length, entryDataLeft));
        if (count < 0) {
            throw truncated();
        }
        entryDataLeft -= count;
        return count;
    }

    /** Where the current member's data belongs, in order; the data that {@link #read} gives is the runs joined together. */
    public List<Run> runs() {
        return runs;
    }

    private TarEntry entry(char type, long storedSize, byte @Nullable [] longName, byte @Nullable [] longLink) throws IOException {
        String path = RawPath.ofBytes(pax.getOrDefault("path", longName != null ? longName : headerName()));
        last = path;
        long size = paxNumber("size").orElse(storedSize);
        TarEntry.Kind kind = kind(type, path);
        long dataSize = kind == TarEntry.Kind.FILE ? size : hasData(type) ? size : 0;
        entryDataLeft = dataSize;
        paddingLeft = (BLOCK - dataSize % BLOCK) % BLOCK;
        long realSize = kind == TarEntry.Kind.FILE ? size : 0;
        runs = List.of(new Run(0, realSize));
        storedBytes = dataSize;
        sparse = type == 'S' || kind == TarEntry.Kind.FILE && isPaxSparse();
        if (headersOnly) {
            fileBytes = type == 'S' ? TarNumbers.read(block, 483, 12, "realsize") : sparse ? paxSparseSize(size) : realSize;
            path = RawPath.ofBytes(pax.getOrDefault("GNU.sparse.name", RawPath.bytes(path)));
        } else if (type == 'S') {
            realSize = TarNumbers.read(block, 483, 12, "realsize");
            byte[] head = block.clone();
            runs = oldGnuSparse(head, realSize);
        } else if (sparse) {
            path = RawPath.ofBytes(pax.getOrDefault("GNU.sparse.name", RawPath.bytes(path)));
            realSize = paxSparseSize(size);
            runs = paxSparse(realSize);
        }
        long[] mtime = mtime();
        return new TarEntry(
                path,
                kind,
                (int) TarNumbers.read(block, 100, 8, "mode") & 07777,
                id("uid", 108),
                id("gid", 116),
                realSize,
                mtime[0],
                (int) mtime[1],
                RawPath.ofBytes(pax.getOrDefault("linkpath", longLink != null ? longLink : cString(block, 157, 100))),
                deviceNumber(kind, 329, "devmajor"),
                deviceNumber(kind, 337, "devminor"),
                xattrs());
    }

    private static boolean hasData(char type) {
        return type != '1' && type != '2' && type != '3' && type != '4' && type != '6';
    }

    private TarEntry.Kind kind(char type, String path) throws LayerException {
        return switch (type) {
            // Before POSIX a directory was a file whose name ends with a slash.
            case '\0', '0', '7' -> path.endsWith("/") ? TarEntry.Kind.DIRECTORY : TarEntry.Kind.FILE;
            case 'S' -> TarEntry.Kind.FILE;
            case '1' -> TarEntry.Kind.HARD_LINK;
            case '2' -> TarEntry.Kind.SYMLINK;
            case '3' -> TarEntry.Kind.CHARACTER_DEVICE;
            case '4' -> TarEntry.Kind.BLOCK_DEVICE;
            case '5' -> TarEntry.Kind.DIRECTORY;
            case '6' -> TarEntry.Kind.FIFO;
            default -> throw new LayerException("the tar's entry \"" + RawPath.display(path) + "\" has the type '"
                    + (type >= ' ' && type < 127 ? type : '?') + "', which a layer cannot have");
        };
    }

    private byte[] headerName() {
        byte[] name = cString(block, 0, 100);
        boolean ustar = block[257] == 'u' && block[258] == 's' && block[259] == 't' && block[260] == 'a' && block[261] == 'r'
                && block[262] == 0;
        byte[] prefix = ustar ? cString(block, 345, 155) : new byte[0];
        return prefix.length == 0
                ? name
                : RawPath.bytes(RawPath.ofBytes(prefix) + "/" + RawPath.ofBytes(name));
    }

    private int id(String key, int offset) throws LayerException {
        Optional<Long> value = paxNumber(key);
        long id = value.isPresent() ? value.get() : TarNumbers.read(block, offset, 8, key);
        if (id < 0 || id >= 0xffffffffL) {
            throw damaged("the " + key + " " + id + ", beyond 32 bits");
        }
        return (int) id;
    }

    private int deviceNumber(TarEntry.Kind kind, int offset, String field) throws LayerException {
        return switch (kind) {
            case CHARACTER_DEVICE, BLOCK_DEVICE -> (int) TarNumbers.read(block, offset, 8, field);
            case FILE, HARD_LINK, SYMLINK, DIRECTORY, FIFO -> 0;
        };
    }

    private long[] mtime() throws LayerException {
        Optional<String> text = text("mtime");
        if (text.isEmpty()) {
            return new long[] {TarNumbers.read(block, 136, 12, "mtime"), 0};
        }
        // No exponent: 1e999999999 would keep a decimal parser busy for hours.
        if (!text.get().matches("-?[0-9]{1,15}(\\.[0-9]{0,100})?")) {
            throw damaged("the time \"" + RawPath.display(text.get()) + "\"");
        }
        BigDecimal exact = new BigDecimal(text.get());
        BigDecimal seconds = exact.setScale(0, RoundingMode.FLOOR);
        return new long[] {
            seconds.longValueExact(), exact.subtract(seconds).movePointRight(9).intValue()
        };
    }

    private TreeMap<String, byte[]> xattrs() {
        TreeMap<String, byte[]> found = new TreeMap<>();
        pax.forEach((key, value) -> {
            if (key.startsWith("SCHILY.xattr.")) {
                found.put(key.substring("SCHILY.xattr.".length()), value);
            }
        });
        return found;
    }

    private Optional<String> text(String key) {
        return Optional.ofNullable(pax.get(key)).map(RawPath::ofBytes);
    }

    private Optional<Long> paxNumber(String key) throws LayerException {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(number(text.get(), key));
    }

    private long number(String text, String what) throws LayerException {
        if (!text.matches("[0-9]{1,18}")) {
            throw damaged("the " + what + " \"" + RawPath.display(text) + "\"");
        }
        return Long.parseLong(text);
    }

    private void parsePax(byte[] data, Map<String, byte[]> into) throws LayerException {
        boolean whole = PaxRecords.read(data, (key, value) -> {
            if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
                sparseNumbers.add(RawPath.ofBytes(value));
            }
            if (value.length == 0 && !key.startsWith("SCHILY.xattr.")) {
                into.remove(key); // an empty value takes the header's field again
            } else {
                into.put(key, value);
            }
        });
        if (!whole) {
            throw damaged("a pax header that is not made of \"length key=value\" records");
        }
    }

    private boolean isPaxSparse() {
        return pax.containsKey("GNU.sparse.major") || pax.containsKey("GNU.sparse.map") || pax.containsKey("GNU.sparse.size");
    }

    private long paxSparseSize(long otherwise) throws LayerException {
        return paxNumber("GNU.sparse.realsize").orElse(paxNumber("GNU.sparse.size").orElse(otherwise));
    }

    private List<Run> paxSparse(long realSize) throws IOException {
        List<Long> numbers = new ArrayList<>();
        if ("1".equals(text("GNU.sparse.major").orElse(""))) {
            long count = sparseLine();
            if (count > MAX_SPARSE_RUNS) {
                throw damaged("more than " + MAX_SPARSE_RUNS + " sparse runs");
            }
            for (long i = 0; i < 2 * count; i++) {
                numbers.add(sparseLine());
            }
            // the map is padded to a block; entryDataLeft + paddingLeft was a multiple of the block before it
            skipData((entryDataLeft + paddingLeft) % BLOCK);
        } else {
            for (String text : text("GNU.sparse.map").map(map -> List.of(map.split(","))).orElse(List.copyOf(sparseNumbers))) {
                numbers.add(number(text, "sparse map"));
            }
        }
        return runs(numbers, realSize);
    }

    private long sparseLine() throws IOException {
        StringBuilder digits = new StringBuilder();
        byte[] one = new byte[1];
        while (digits.length() < 20) {
            if (read(one, 1) < 0) {
                throw damaged("a sparse map that ends early");
            }
            if (one[0] == '\n') {
                return number(digits.toString(), "sparse map");
            }
            digits.append((char) (one[0] & 0xff));
        }
        throw damaged("a sparse map without line ends");
    }

    private List<Run> oldGnuSparse(byte[] head, long realSize) throws IOException {
        List<Long> numbers = new ArrayList<>();
        sparseFields(head, 386, 4, numbers);
        boolean extended = head[482] == 1;
        for (int blocks = 0; extended; blocks++) {
            if (blocks == MAX_SPARSE_BLOCKS) {
                throw damaged("a sparse map without end");
            }
            byte[] more = new byte[BLOCK];
            readFully(more);
            sparseFields(more, 0, SPARSE_RUNS_OF_A_BLOCK, numbers);
            extended = more[504] == 1;
        }
        return runs(numbers, realSize);
    }

    private void sparseFields(byte[] from, int offset, int count, List<Long> numbers) throws LayerException {
        for (int i = 0; i < count && from[offset + i * 24] != 0; i++) {
            numbers.add(TarNumbers.read(from, offset + i * 24, 12, "sparse offset"));
            numbers.add(TarNumbers.read(from, offset + i * 24 + 12, 12, "sparse length"));
        }
        if (numbers.size() > 2 * MAX_SPARSE_RUNS) {
            throw damaged("more than " + MAX_SPARSE_RUNS + " sparse runs");
        }
    }

    private List<Run> runs(List<Long> numbers, long realSize) throws LayerException {
        List<Run> found = new ArrayList<>();
        long end = 0;
        long sum = 0;
        for (int i = 0; i + 1 < numbers.size(); i += 2) {
            Run run = new Run(numbers.get(i), numbers.get(i + 1));
            if (run.offset() < end || run.length() < 0 || run.length() > realSize - run.offset()) {
                throw damaged("sparse runs that overlap or lie behind the file's end");
            }
            end = run.offset() + run.length();
            sum += run.length();
            found.add(run);
        }
        if (numbers.size() % 2 != 0 || sum != entryDataLeft) {
            throw damaged("sparse runs that are not as long as its data");
        }
        return List.copyOf(found);
    }

    /** Reads a header block; false at the end of the archive. */
    private boolean readHeader() throws IOException {
        int got = in.readNBytes(block, 0, BLOCK);
        if (got == 0) {
            return false; // some writers leave out the two zero blocks
        }
        if (got < BLOCK) {
            throw truncated();
        }
        if (isZero(block)) {
            drain();
            return false;
        }
        if (!TarNumbers.checksumMatches(block)) {
            throw damaged("a header whose checksum is wrong");
        }
        return true;
    }

    private static boolean isZero(byte[] bytes) {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private void drain() throws IOException {
        byte[] buffer = new byte[65536];
        while (in.read(buffer) >= 0) {
            // what follows the end mark belongs to the digest, not to the layer
        }
    }

    private byte[] headerData(long size) throws IOException {
        headerBytes += size;
        if (headerBytes > MAX_HEADER_DATA_BYTES && !headersOnly) {
            throw damaged("a header of " + headerBytes + " bytes, more than the " + MAX_HEADER_DATA_BYTES + " allowed");
        }
        byte[] data = new byte[(int) size];
        readFully(data);
        skip((BLOCK - size % BLOCK) % BLOCK);
        return data;
    }

    private void readFully(byte[] into) throws IOException {
        if (in.readNBytes(into, 0, into.length) < into.length) {
            throw truncated();
        }
    }

    private void skipData(long count) throws IOException {
        skip(Math.min(count, entryDataLeft));
        entryDataLeft -= Math.min(count, entryDataLeft);
    }

    private void skip(long count) throws IOException {
        byte[] buffer = new byte[(int) Math.min(65536, Math.max(1, count))];
        for (long left = count; left > 0; ) {
            int got = in.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (got < 0) {
                throw truncated();
            }
            left -= got;
        }
    }

    private static byte[] cString(byte[] from, int offset, int length) {
        int end = offset;
        while (end < offset + length && from[end] != 0) {
            end++;
        }
        return Arrays.copyOfRange(from, offset, end);
    }

    private String where() {
        return last.isEmpty() ? "at its first entry" : "at or after the entry \"" + RawPath.display(last) + "\"";
    }

    private LayerException damaged(String what) {
        return new LayerException("the tar has " + what + " " + where() + ": it is damaged, fetch or make it again");
    }

    private LayerException truncated() {
        return new LayerException("the tar ends early " + where() + ": it is truncated, fetch or make it again");
    }
}

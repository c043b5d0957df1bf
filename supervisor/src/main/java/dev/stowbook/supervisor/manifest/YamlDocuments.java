package dev.stowbook.supervisor.manifest;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/** Bytes to YAML nodes with places, within limits that no honest manifest meets. Builds no objects from tags. */
final class YamlDocuments {
    static final int LARGEST_BYTES = 1024 * 1024;
    private static final int DEEPEST = 24;
    private static final int MOST_ALIASES = 200;
    private static final int MOST_DOCUMENTS = 256;

    private YamlDocuments() {}

    /** The documents up to the first that cannot be read. Documents with nothing in them are left out. */
    static List<Node> read(byte[] utf8, Problems problems) {
        return read(utf8, problems, "write at least one pod.");
    }

    /** The same, with what to do if there is none. */
    static List<Node> read(byte[] utf8, Problems problems, String ifNone) {
        List<Node> documents = new ArrayList<>();
        if (utf8.length > LARGEST_BYTES) {
            problems.add(Place.START, "", "is " + utf8.length + " bytes long; a manifest may have " + LARGEST_BYTES + ": split it into several files.");
            return documents;
        }
        int before = problems.count();
        String text = decode(utf8, problems);
        if (problems.count() == before) {
            compose(text, documents, problems);
        }
        if (documents.isEmpty() && problems.count() == before) {
            problems.add(Place.START, "", "holds no document: " + ifNone);
        }
        return documents;
    }

    private static String decode(byte[] utf8, Problems problems) {
        boolean marked = utf8.length >= 3 && (utf8[0] & 0xff) == 0xef && (utf8[1] & 0xff) == 0xbb && (utf8[2] & 0xff) == 0xbf;
        ByteBuffer in = marked ? ByteBuffer.wrap(utf8, 3, utf8.length - 3) : ByteBuffer.wrap(utf8);
        CharBuffer out = CharBuffer.allocate(utf8.length);
        CoderResult result = StandardCharsets.UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(in, out, true);
        out.flip();
        if (result.isError()) {
            String hint = utf8.length > 1 && (utf8[0] & 0xff) >= 0xfe ? "UTF-16" : "another encoding";
            problems.add(Place.after(out), "", "is not UTF-8: byte 0x" + Integer.toHexString(in.get(in.position()) & 0xff) + " at offset " + in.position()
                    + " begins no character; the file may be in " + hint + ": save it as UTF-8.");
        }
        return out.toString();
    }

    private static void compose(String text, List<Node> documents, Problems problems) {
        LoaderOptions options = new LoaderOptions();
        options.setNestingDepthLimit(DEEPEST);
        options.setMaxAliasesForCollections(MOST_ALIASES);
        options.setCodePointLimit(LARGEST_BYTES + 1);
        // Tags are refused with their path by the checker; nothing here makes objects of them.
        options.setTagInspector(tag -> true);
        try {
            Composer composer = new Composer(new ParserImpl(new StreamReader(text), options), new Resolver(), options);
            while (composer.checkNode()) {
                Node node = composer.getNode();
                boolean empty = node.getNodeId() == NodeId.scalar && node.getTag().equals(Tag.NULL);
                if (!empty) {
                    documents.add(node);
                }
                if (documents.size() > MOST_DOCUMENTS) {
                    problems.add(Place.of(node.getStartMark()), "", "a manifest may hold " + MOST_DOCUMENTS + " documents: split it into several files.");
                    return;
                }
            }
        } catch (MarkedYAMLException e) {
            problems.add(Place.of(e.getProblemMark() != null ? e.getProblemMark() : e.getContextMark()), "", sentence(e));
        } catch (ReaderException e) {
            int end = text.offsetByCodePoints(0, Math.min(e.getPosition(), text.codePointCount(0, text.length())));
            problems.add(Place.after(text.substring(0, end)), "", String.format("holds the character U+%04X, which YAML does not allow: take it out.", e.getCodePoint()));
        } catch (YAMLException e) {
            problems.add(Place.START, "", "goes beyond what a manifest may hold (" + DEEPEST + " levels, " + MOST_ALIASES + " aliases): " + firstLine(e.getMessage()));
        }
    }

    private static String sentence(MarkedYAMLException e) {
        String problem = firstLine(e.getProblem());
        if (problem.contains("TAB")) {
            return "a tab stands where YAML wants spaces: indent with spaces.";
        }
        if (problem.contains("undefined alias")) {
            return "is not YAML: " + problem + "; define it with '&' further up, or put a text that starts with '*' in quotes.";
        }
        String context = e.getContext() == null ? "" : " " + firstLine(e.getContext());
        return "is not YAML" + context + ": " + problem + "; look at the indentation, quotes and colons here.";
    }

    private static String firstLine(@Nullable String text) {
        if (text == null) {
            return "it cannot be read";
        }
        int end = text.indexOf('\n');
        return Words.shortened(end < 0 ? text : text.substring(0, end));
    }
}

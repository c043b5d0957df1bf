package dev.stowbook.supervisor.log.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.log.EventRecord;
import dev.stowbook.supervisor.log.LogException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds the schema and golden files true: what was once written stays readable.
 *
 * <p>{@code -Dstowbook.schemas=write} writes the files that are missing; it never changes one, so that a changed record needs a new
 * version. {@code -Dstowbook.schemas=rewrite} writes the current version's anew, which is right only while no Stowbook with that
 * version has been released.
 */
class EventFilesTest {
    private static final Path SUPERVISOR = Path.of(System.getProperty("stowbook.repository", "..")).resolve("supervisor");
    private static final Path SCHEMAS = SUPERVISOR.resolve("src/main/resources/schema/events");
    private static final Path GOLDEN = SUPERVISOR.resolve("src/test/resources/golden/events");
    private static final Pattern NAME = Pattern.compile("([A-Za-z]+)\\.v(\\d+)\\.json");
    private static final EventCodec CODEC = new EventCodec();

    @BeforeAll
    static void writeIfAsked() throws IOException {
        String mode = System.getProperty("stowbook.schemas", "");
        if (mode.isEmpty()) {
            return;
        }
        Files.createDirectories(SCHEMAS);
        Files.createDirectories(GOLDEN);
        for (Class<?> type : EventTypes.records(Event.class)) {
            String name = type.getSimpleName();
            String file = name + ".v" + CODEC.version(name) + ".json";
            byte[] sample = CODEC.encode((Event) Samples.full(type)).data();
            write(SCHEMAS.resolve(file), CODEC.schema(name).getBytes(StandardCharsets.UTF_8), mode.equals("rewrite"));
            write(GOLDEN.resolve(file), sample, mode.equals("rewrite"));
        }
    }

    private static void write(Path file, byte[] bytes, boolean again) throws IOException {
        if (again || !Files.exists(file)) {
            Files.write(file, bytes);
        }
    }

    static Stream<Class<?>> types() {
        return EventTypes.records(Event.class).stream();
    }

    static List<String> goldenFiles() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(GOLDEN)) {
            files.forEach(file -> names.add(file.getFileName().toString()));
        }
        names.sort(null);
        return names;
    }

    @ParameterizedTest
    @MethodSource("types")
    void theSchemaFileSaysWhatTheRecordSays(Class<?> type) throws IOException {
        String name = type.getSimpleName();
        Path file = SCHEMAS.resolve(name + ".v" + CODEC.version(name) + ".json");
        assertTrue(Files.exists(file), file + " is missing: run this test with -Dstowbook.schemas=write");
        assertEquals(
                Files.readString(file),
                CODEC.schema(name),
                name + " has changed: give it a new version and an upcaster in EventTypes, then run with -Dstowbook.schemas=write");
    }

    @ParameterizedTest
    @MethodSource("types")
    void everyVersionOfATypeHasASchemaAndAGoldenFile(Class<?> type) {
        String name = type.getSimpleName();
        for (int version = 1; version <= CODEC.version(name); version++) {
            for (Path directory : List.of(SCHEMAS, GOLDEN)) {
                Path file = directory.resolve(name + ".v" + version + ".json");
                assertTrue(Files.exists(file), file + " is missing: run this test with -Dstowbook.schemas=write");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("goldenFiles")
    void aGoldenFileIsReadAndWrittenBackByteForByte(String fileName) throws IOException, LogException {
        Matcher name = NAME.matcher(fileName);
        assertTrue(name.matches(), fileName + " is not called <Type>.v<N>.json");
        int version = Integer.parseInt(name.group(2));
        byte[] bytes = Files.readAllBytes(GOLDEN.resolve(fileName));
        Event event = CODEC.decode(new EventRecord(name.group(1), version, bytes));
        EventRecord again = CODEC.encode(event);
        assertEquals(name.group(1), again.type());
        if (again.version() == version) {
            assertEquals(new String(bytes, StandardCharsets.UTF_8), new String(again.data(), StandardCharsets.UTF_8));
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void anEventIsReadBackEqualWithAndWithoutWhatMayBeLeftOut(Class<?> type) throws LogException {
        for (Object sample : List.of(Samples.full(type), Samples.sparse(type))) {
            assertEquals(sample, CODEC.decode(CODEC.encode((Event) sample)));
        }
    }

    @Test
    void noFileIsLeftOfATypeThatIsNotThere() throws IOException {
        List<String> names = types().map(Class::getSimpleName).toList();
        for (String file : goldenFiles()) {
            Matcher name = NAME.matcher(file);
            assertTrue(name.matches() && names.contains(name.group(1)), file + " belongs to no type; types are never taken away");
        }
    }
}

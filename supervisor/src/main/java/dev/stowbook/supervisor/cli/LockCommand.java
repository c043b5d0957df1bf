package dev.stowbook.supervisor.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code image lock}, and lock files for {@code apply --locked}. */
final class LockCommand {
    private LockCommand() {}

    static int run(Session session) throws IOException {
        Arguments arguments = session.arguments();
        List<String> files = arguments.all("file");
        if (files.isEmpty()) {
            throw Failure.usage("image lock takes a manifest: stowbook image lock -f FILE, - for standard input.");
        }
        List<byte[]> answers = new ArrayList<>();
        boolean same = true;
        for (Map.Entry<String, List<String>> group : groups(arguments, files).entrySet()) {
            byte[] answer = ask(session, group.getKey(), group.getValue());
            answers.add(answer);
            same &= arguments.has("check") ? check(session, group.getKey(), Json.object(answer)) : write(session, group.getKey(), Json.object(answer));
        }
        if (arguments.json()) {
            session.printJson(answers);
        }
        return same ? ExitCode.OK : ExitCode.FAILURE;
    }

    /** Which manifests go into which lock file: all into the one that is named, else each into its own. */
    private static Map<String, List<String>> groups(Arguments arguments, List<String> files) {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        files.forEach(file -> groups.computeIfAbsent(lockOf(arguments, file), lock -> new ArrayList<>()).add(file));
        return groups;
    }

    /** The lock file of a manifest: the one that is named, or {@code pod.lock.yaml} beside {@code pod.yaml}. */
    static String lockOf(Arguments arguments, String manifest) {
        String named = arguments.option("lock");
        if (named != null) {
            return named;
        }
        if (manifest.equals("-")) {
            throw Failure.usage("a manifest on standard input has no lock file beside it: name one with --lock FILE.");
        }
        String name = manifest.replaceFirst("[.](yaml|yml|json)$", "");
        return name + ".lock" + (manifest.endsWith(".json") ? ".json" : ".yaml");
    }

    private static byte[] ask(Session session, String lock, List<String> files) throws IOException {
        Map<String, Object> body = new LinkedHashMap<>();
        List<Object> manifests = new ArrayList<>();
        for (String file : files) {
            manifests.add(document(file, ManifestCommands.read(session, file)));
        }
        body.put("manifests", manifests);
        body.put("platforms", session.arguments().all("platform"));
        body.put("format", lock.endsWith(".json") ? "json" : "yaml");
        if (session.arguments().has("check")) {
            body.put("lock", read(session, lock));
        }
        return session.api().send("POST", "/v1/images/lock", "application/json", Map.of(), Json.compact(body));
    }

    /** A lock file as the API takes it. */
    static Map<String, Object> read(Session session, String lock) throws IOException {
        if (!lock.equals("-") && Files.notExists(Path.of(lock))) {
            throw new Failure(ExitCode.FAILURE, "there is no lock file '" + lock + "': 'stowbook image lock -f MANIFEST' writes it.");
        }
        return document(lock, ManifestCommands.read(session, lock));
    }

    /** A file as the API takes it. */
    static Map<String, Object> document(String name, byte[] bytes) {
        try {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("name", name);
            document.put("text", StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
            if (bytes.length == 0) {
                throw new Failure(ExitCode.FAILURE, "the file '" + name + "' is empty.");
            }
            return document;
        } catch (CharacterCodingException e) {
            throw new Failure(ExitCode.FAILURE, "the file '" + name + "' is not UTF-8: save it as UTF-8.");
        }
    }

    /** Says what differs. @return whether nothing does */
    private static boolean check(Session session, String lock, JsonObject answer) {
        List<JsonObject> differences = answer.objects("differences");
        if (!session.arguments().json()) {
            for (JsonObject each : differences) {
                session.out().println(Table.printable(lock + ": " + each.text("image") + " for " + each.text("platform") + ": " + sentence(each)));
            }
            session.out().println(Table.printable(lock + (differences.isEmpty() ? " is what the images are." : " is not what the images are: 'stowbook image lock' writes it anew.")));
        }
        return differences.isEmpty();
    }

    private static String sentence(JsonObject difference) {
        String was = difference.text("was");
        String is = difference.text("is");
        if (difference.text("what").equals("image")) {
            return was.isEmpty() ? "is not in the lock" : "no manifest has it, or not for that platform";
        }
        return difference.text("what") + " was " + (was.isEmpty() ? "none" : was) + ", is " + (is.isEmpty() ? "none" : is);
    }

    /** Puts it in its place whole, or not at all. */
    private static boolean write(Session session, String lock, JsonObject answer) {
        int images = answer.objects("images").size();
        if (lock.equals("-")) {
            session.out().print(answer.text("text"));
            return true;
        }
        Path target = Path.of(lock);
        Path fresh = target.resolveSibling("." + target.getFileName() + ".new");
        try {
            Files.writeString(fresh, answer.text("text"));
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            String reason = e instanceof FileSystemException file && file.getReason() != null ? file.getReason() : e.toString();
            throw new Failure(ExitCode.FAILURE, "the lock file '" + lock + "' cannot be written: " + reason + ".");
        }
        if (!session.arguments().json()) {
            session.out().println(Table.printable(lock + ": " + images + (images == 1 ? " image" : " images") + " locked"));
        }
        return true;
    }
}

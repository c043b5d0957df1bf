package dev.stowbook.supervisor.policy;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stowbook.linux.seccomp.ArgComparison;
import dev.stowbook.linux.seccomp.SeccompAction;
import dev.stowbook.linux.seccomp.SeccompArch;
import dev.stowbook.linux.seccomp.SeccompException;
import dev.stowbook.linux.seccomp.SeccompRule;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads profiles in Docker's JSON format, strictly: what is not understood could mean less than its author thinks. */
final class ProfileParser {
    private static final int EPERM = 1;
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final String source;

    /** @param source names the file in messages */
    ProfileParser(String source) {
        this.source = source;
    }

    ProfileFile parse(byte[] json) throws SeccompException {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw refused("line " + e.getLocation().getLineNr(), e.getOriginalMessage());
        } catch (java.io.IOException e) {
            throw refused("the file", e.toString());
        }
        fields(root, "the profile", Set.of("defaultAction", "defaultErrnoRet", "archMap", "syscalls", "comment"));
        int defaultErrno = number(root, "defaultErrnoRet", "defaultErrnoRet", EPERM);
        var rules = new ArrayList<ProfileFile.ConditionalRule>();
        int index = 0;
        for (JsonNode rule : array(root, "syscalls", "syscalls")) {
            rules.add(rule(rule, "syscalls[" + index++ + "]", defaultErrno));
        }
        return new ProfileFile(action(root, "defaultAction", "defaultAction", defaultErrno), architectures(root), rules);
    }

    private Map<SeccompArch, List<SeccompArch>> architectures(JsonNode root) throws SeccompException {
        var map = new EnumMap<SeccompArch, List<SeccompArch>>(SeccompArch.class);
        int index = 0;
        for (JsonNode entry : array(root, "archMap", "archMap")) {
            String where = "archMap[" + index++ + "]";
            fields(entry, where, Set.of("architecture", "subArchitectures"));
            Optional<SeccompArch> own = architecture(text(entry, "architecture", where));
            var others = new ArrayList<SeccompArch>();
            for (JsonNode other : array(entry, "subArchitectures", where)) {
                architecture(other.asText()).ifPresent(others::add);
            }
            own.ifPresent(arch -> map.put(arch, List.copyOf(others)));
        }
        return map;
    }

    /** Empty for processors that Stowbook does not run on. */
    private static Optional<SeccompArch> architecture(String name) {
        for (SeccompArch arch : SeccompArch.values()) {
            if (name.equals("SCMP_ARCH_" + arch.name())) {
                return Optional.of(arch);
            }
        }
        return Optional.empty();
    }

    private ProfileFile.ConditionalRule rule(JsonNode rule, String where, int defaultErrno) throws SeccompException {
        fields(rule, where, Set.of("names", "name", "action", "errnoRet", "args", "includes", "excludes", "comment"));
        List<String> names = rule.has("name") ? List.of(text(rule, "name", where)) : texts(rule, "names", where);
        if (names.isEmpty()) {
            throw refused(where + ".names", "names no system call");
        }
        int errno = number(rule, "errnoRet", where + ".errnoRet", defaultErrno);
        var arguments = new ArrayList<ArgComparison>();
        int index = 0;
        for (JsonNode argument : array(rule, "args", where)) {
            arguments.add(argument(argument, where + ".args[" + index++ + "]"));
        }
        return new ProfileFile.ConditionalRule(
                new SeccompRule(names, action(rule, "action", where + ".action", errno), arguments),
                condition(rule.path("includes"), where + ".includes"),
                condition(rule.path("excludes"), where + ".excludes"));
    }

    private ArgComparison argument(JsonNode argument, String where) throws SeccompException {
        fields(argument, where, Set.of("index", "value", "valueTwo", "op"));
        String op = text(argument, "op", where);
        for (ArgComparison.Operator operator : ArgComparison.Operator.values()) {
            if (op.equals("SCMP_CMP_" + operator.name())) {
                return new ArgComparison(
                        number(argument, "index", where + ".index", -1),
                        operator,
                        argument.path("value").bigIntegerValue().longValue(),
                        argument.path("valueTwo").bigIntegerValue().longValue());
            }
        }
        throw refused(where + ".op", "'" + op + "' is not a comparison such as SCMP_CMP_EQ");
    }

    private SeccompAction action(JsonNode node, String field, String where, int errno) throws SeccompException {
        String name = text(node, field, where);
        String plain = name.equals("SCMP_ACT_KILL") ? "SCMP_ACT_KILL_THREAD" : name;
        for (SeccompAction.Kind kind : SeccompAction.Kind.values()) {
            if (plain.equals("SCMP_ACT_" + kind.name())) {
                boolean carries = kind == SeccompAction.Kind.ERRNO || kind == SeccompAction.Kind.TRACE;
                return new SeccompAction(kind, carries ? errno : 0);
            }
        }
        throw refused(where, "'" + name + "' is not an action such as SCMP_ACT_ALLOW");
    }

    private ProfileFile.Condition condition(JsonNode node, String where) throws SeccompException {
        if (node.isMissingNode() || node.isNull()) {
            return ProfileFile.Condition.NONE;
        }
        fields(node, where, Set.of("caps", "arches", "minKernel"));
        try {
            var capabilities = EnumSet.noneOf(Capability.class);
            texts(node, "caps", where).forEach(name -> capabilities.add(Capability.parse(name)));
            return new ProfileFile.Condition(
                    capabilities,
                    new HashSet<>(texts(node, "arches", where)),
                    node.has("minKernel") ? Optional.of(KernelVersion.parse(text(node, "minKernel", where))) : Optional.empty());
        } catch (IllegalArgumentException e) {
            throw refused(where, String.valueOf(e.getMessage()));
        }
    }

    private void fields(JsonNode node, String where, Set<String> known) throws SeccompException {
        if (!node.isObject()) {
            throw refused(where, "is not an object");
        }
        for (var names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                throw refused(where, "has the unknown field '" + name + "'");
            }
        }
    }

    private JsonNode array(JsonNode node, String field, String where) throws SeccompException {
        JsonNode array = node.path(field);
        if (array.isMissingNode() || array.isNull()) {
            return JSON.createArrayNode();
        }
        if (!array.isArray()) {
            throw refused(where + "." + field, "is not an array");
        }
        return array;
    }

    private List<String> texts(JsonNode node, String field, String where) throws SeccompException {
        var texts = new ArrayList<String>();
        for (JsonNode text : array(node, field, where)) {
            if (!text.isTextual()) {
                throw refused(where + "." + field, "holds something that is not a string");
            }
            texts.add(text.textValue());
        }
        return texts;
    }

    private String text(JsonNode node, String field, String where) throws SeccompException {
        JsonNode text = node.path(field);
        if (!text.isTextual()) {
            throw refused(where, "has no string '" + field + "'");
        }
        return text.textValue();
    }

    private int number(JsonNode node, String field, String where, int otherwise) throws SeccompException {
        JsonNode number = node.path(field);
        if (number.isMissingNode() || number.isNull()) {
            return otherwise;
        }
        if (!number.canConvertToInt() || number.intValue() < 0 || number.intValue() > 4095) {
            throw refused(where, "is not a number from 0 to 4095");
        }
        return number.intValue();
    }

    private SeccompException refused(String where, String why) {
        return new SeccompException("Seccomp profile " + source + ": " + where + " " + why + ".");
    }
}

package dev.stowbook.supervisor.build;

import dev.stowbook.supervisor.image.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** The values of ARG: what was given, what stands before the first FROM, and what a stage declares (Dockerfile reference, "ARG"). */
final class Arguments {
    /** Known without being declared; not part of what a step is compared by. */
    private static final Set<String> PROXIES = Set.of(
            "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy");

    static final String EPOCH = "SOURCE_DATE_EPOCH";

    private final SortedMap<String, String> given;
    private final Map<String, String> automatic = new TreeMap<>();
    private final Map<String, String> globals = new TreeMap<>();
    private final Set<String> used = new TreeSet<>();

    Arguments(SortedMap<String, String> given, Platform target, Platform host) {
        this.given = given;
        platform("TARGET", target);
        platform("BUILD", host);
    }

    private void platform(String prefix, Platform platform) {
        automatic.put(prefix + "PLATFORM", platform.toString());
        automatic.put(prefix + "OS", platform.os());
        automatic.put(prefix + "ARCH", platform.architecture());
        automatic.put(prefix + "VARIANT", platform.variant());
    }

    /** Declares those that FROM may use. */
    void declareGlobals(Dockerfile file) throws DockerfileException {
        for (Dockerfile.Step step : file.globals()) {
            for (Instruction.Arg.Declared each : ((Instruction.Arg) step.instruction()).names()) {
                used.add(each.name());
                Optional<String> value = Optional.ofNullable(given.get(each.name()));
                if (value.isEmpty() && each.value().isPresent()) {
                    value = Optional.of(Expansion.of(step.place(), each.value().get(), file.escape(), this::global));
                }
                value.ifPresent(v -> globals.put(each.name(), v));
            }
        }
    }

    /** As FROM sees it. */
    Optional<String> global(String name) {
        return Optional.ofNullable(globals.getOrDefault(name, automatic.get(name)));
    }

    /** Given, but declared nowhere. */
    List<String> unused() {
        List<String> names = new ArrayList<>(given.keySet());
        names.removeAll(used);
        names.removeAll(PROXIES);
        names.remove(EPOCH);
        return names;
    }

    /** The moment that everything made is to bear, if one is given. */
    Optional<Long> epochSeconds() {
        return Optional.ofNullable(given.get(EPOCH)).filter(text -> text.matches("[0-9]{1,11}")).map(Long::parseLong);
    }

    Stage stage() {
        return new Stage();
    }

    /** What one stage has declared. */
    final class Stage {
        private final SortedMap<String, String> values = new TreeMap<>();

        /** Declares one; {@code otherwise} is its value if none is given. */
        void declare(String name, Optional<String> otherwise) {
            used.add(name);
            Optional<String> value = Optional.ofNullable(given.get(name))
                    .or(() -> otherwise)
                    .or(() -> Optional.ofNullable(globals.get(name)))
                    .or(() -> Optional.ofNullable(automatic.get(name)));
            value.ifPresentOrElse(v -> values.put(name, v), () -> values.remove(name));
        }

        Optional<String> value(String name) {
            Optional<String> declared = Optional.ofNullable(values.get(name));
            return declared.isPresent() || !PROXIES.contains(name) ? declared : Optional.ofNullable(given.get(name));
        }

        /** Those that RUN gets, {@code NAME=value}: all that the environment does not name itself. */
        List<String> forCommands(ImageDocument image, boolean withProxies) {
            SortedMap<String, String> all = new TreeMap<>(values);
            if (withProxies) {
                PROXIES.stream().filter(given::containsKey).forEach(name -> all.putIfAbsent(name, given.get(name)));
            }
            return all.entrySet().stream()
                    .filter(each -> image.env(each.getKey()).isEmpty())
                    .map(each -> each.getKey() + "=" + each.getValue())
                    .toList();
        }
    }
}

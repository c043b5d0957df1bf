package dev.stowbook.supervisor.cli;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys that end an attached command and leave the process alone: {@code ctrl-p,ctrl-q}, or any others separated by commas. What might
 * become all of them is held back until it is or is not.
 */
final class DetachKeys {
    static final String DEFAULT = "ctrl-p,ctrl-q";
    static final DetachKeys NONE = new DetachKeys(List.of());

    private final List<Byte> keys;
    private int matched;

    private DetachKeys(List<Byte> keys) {
        this.keys = keys;
    }

    /** Parses them. Nothing means that no keys detach. */
    static DetachKeys parse(String text) {
        List<Byte> keys = new ArrayList<>();
        for (String key : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            keys.add(key(key, text));
        }
        return new DetachKeys(List.copyOf(keys));
    }

    private static byte key(String key, String all) {
        if (key.length() == 1 && key.charAt(0) > ' ' && key.charAt(0) < 127) {
            return (byte) key.charAt(0);
        }
        if (key.length() == 6 && key.startsWith("ctrl-")) {
            char with = Character.toUpperCase(key.charAt(5));
            if (with >= '@' && with <= '_') {
                return (byte) (with - '@');
            }
        }
        throw Failure.usage("--detach-keys takes keys separated by commas, each a character or ctrl- with a letter or one of @[\\]^_, such as "
                + DEFAULT + ", not '" + all + "'.");
    }

    /** What of the typed bytes is to go on to the process now. */
    byte[] filter(byte[] bytes, int count) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(count + keys.size());
        for (int i = 0; i < count && !typed(); i++) {
            while (matched > 0 && keys.get(matched) != bytes[i]) {
                giveUpFirst(out);
            }
            if (!keys.isEmpty() && keys.get(matched) == bytes[i]) {
                matched++;
            } else {
                out.write(bytes[i]);
            }
        }
        return out.toByteArray();
    }

    /** The first of the keys held back was none of them after all; those behind it may still begin them. */
    private void giveUpFirst(ByteArrayOutputStream out) {
        out.write(keys.getFirst());
        int left = matched - 1;
        matched = 0;
        for (int from = 1; from <= left; from++) {
            if (keys.subList(from, left + 1).equals(keys.subList(0, left + 1 - from))) {
                matched = left + 1 - from;
                return;
            }
            out.write(keys.get(from));
        }
    }

    /** Whether all of them were typed. */
    boolean typed() {
        return !keys.isEmpty() && matched == keys.size();
    }
}

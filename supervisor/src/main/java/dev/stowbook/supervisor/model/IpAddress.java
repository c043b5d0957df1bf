package dev.stowbook.supervisor.model;

import java.util.ArrayList;
import java.util.List;

/**
 * An IP address as a number of 32 or 128 bits.
 *
 * @param six whether it is an IPv6 address
 * @param high its upper 64 bits; 0 for IPv4
 * @param low its lower 64 bits
 */
public record IpAddress(boolean six, long high, long low) {
    private static final int GROUPS = 8;

    /** Parses {@code 10.88.0.2} or {@code fd00::2}. @throws IllegalArgumentException if it is neither; there are no zones */
    public static IpAddress parse(String text) {
        return text.indexOf(':') < 0 ? new IpAddress(false, 0, four(text)) : parseSix(text);
    }

    private static long four(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException("not an IP address: " + text);
        }
        long number = 0;
        for (String part : parts) {
            if (part.isEmpty() || part.length() > 3 || !part.chars().allMatch(c -> c >= '0' && c <= '9')
                    || part.length() > 1 && part.charAt(0) == '0' || Integer.parseInt(part) > 255) {
                throw new IllegalArgumentException("not an IPv4 address: " + text);
            }
            number = number << 8 | Integer.parseInt(part);
        }
        return number;
    }

    /** RFC 4291, section 2.2: groups of four hex digits, one run of zeros left out, the last two groups perhaps as IPv4. */
    private static IpAddress parseSix(String text) {
        int gap = text.indexOf("::");
        List<Integer> head = groups(text, gap < 0 ? text : text.substring(0, gap));
        List<Integer> tail = gap < 0 ? List.of() : groups(text, text.substring(gap + 2));
        int given = head.size() + tail.size();
        if (gap < 0 ? given != GROUPS : given > GROUPS - 1) {
            throw new IllegalArgumentException("not an IPv6 address: " + text);
        }
        List<Integer> all = new ArrayList<>(head);
        for (int i = given; i < GROUPS; i++) {
            all.add(0);
        }
        all.addAll(tail);
        long[] halves = new long[2];
        for (int i = 0; i < GROUPS; i++) {
            halves[i / 4] = halves[i / 4] << 16 | all.get(i);
        }
        return new IpAddress(true, halves[0], halves[1]);
    }

    private static List<Integer> groups(String whole, String part) {
        List<Integer> groups = new ArrayList<>();
        if (part.isEmpty()) {
            return groups;
        }
        String[] words = part.split(":", -1);
        for (int i = 0; i < words.length; i++) {
            String word = words[i];
            if (i == words.length - 1 && word.indexOf('.') > 0) {
                long last = four(word);
                groups.add((int) (last >> 16));
                groups.add((int) (last & 0xffff));
            } else if (word.matches("[0-9a-fA-F]{1,4}")) {
                groups.add(Integer.parseInt(word, 16));
            } else {
                throw new IllegalArgumentException("not an IPv6 address: " + whole);
            }
        }
        return groups;
    }

    /** As RFC 5952 wants it written: lower case, the longest run of zero groups left out. */
    public String text() {
        if (!six) {
            return (low >> 24 & 255) + "." + (low >> 16 & 255) + "." + (low >> 8 & 255) + "." + (low & 255);
        }
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = (int) ((i < 4 ? high : low) >>> (48 - 16 * (i % 4)) & 0xffff);
        }
        int begin = -1;
        int longest = 1;
        for (int i = 0, run = 0; i < GROUPS; i++) {
            run = groups[i] == 0 ? run + 1 : 0;
            if (run > longest) {
                longest = run;
                begin = i - run + 1;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == begin) {
                text.append("::");
                i += longest - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":").append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return text();
    }
}

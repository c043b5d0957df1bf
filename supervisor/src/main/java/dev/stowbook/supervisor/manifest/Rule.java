package dev.stowbook.supervisor.manifest;

import java.util.regex.Pattern;

/** What a string must look like, with the sentence that says so. */
enum Rule {
    ANY(".*", 131_071, "any text"),
    LABEL("[a-z0-9]([-a-z0-9]*[a-z0-9])?", 63, "1 to 63 lower-case letters, digits and '-', with a letter or digit at both ends"),
    LABEL_KEY(
            "([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?",
            317,
            "up to 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends, after an optional 'domain/'"),
    LABEL_VALUE(
            "([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?",
            63,
            "up to 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends"),
    IMAGE(
            "([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?/)?[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*"
                    + "(:[A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?(@sha256:[0-9a-f]{64})?|sha256:[0-9a-f]{64}",
            512,
            "an image reference such as busybox, example.org/app:1.2 or app@sha256:<64 hex digits>"),
    DIGEST("sha256:[0-9a-f]{64}", 71, "sha256: and 64 lower-case hex digits"),
    PLATFORM("[a-z0-9]+/[a-z0-9_]+(/[a-z0-9.]+)?", 64, "a platform such as linux/amd64 or linux/arm64/v8"),
    ENV_NAME("[^=\\p{Cntrl}\\s]+", 1024, "a name without '=', blanks and control characters"),
    PATH("/.*", 4095, "an absolute path"),
    PORT_NAME("(?=.*[a-z])[a-z0-9]([a-z0-9]|-(?!-))*(?<!-)", 15, "1 to 15 lower-case letters, digits and single '-', with at least one letter"),
    ADDRESS("(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}", 15,
            "an IPv4 address such as 127.0.0.1, or 0.0.0.0 for every address of the host"),
    ADDRESS6("(?=.*:)[0-9a-fA-F:.]{2,}", 45, "an IPv6 address such as fd00:90::7"),
    ANY_ADDRESS("[0-9a-fA-F:.]{2,}", 45, "an IP address such as 10.0.0.53 or fd00::53"),
    SUBNET("[0-9a-fA-F:.]{2,}/[0-9]{1,3}", 49, "a subnet such as 10.90.0.0/24 or fd00:90::/64"),
    MAC("[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}", 17, "a hardware address of one link, such as 02:42:00:00:00:07"),
    DOMAIN_NAME("[A-Za-z0-9]([-A-Za-z0-9_]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([-A-Za-z0-9_]*[A-Za-z0-9])?)*\\.?", 253, "a domain name such as example.org"),
    RESOLVER_OPTION("[-A-Za-z0-9_]+", 64, "an option of resolv.conf: letters, digits and '-'"),
    NETWORK_MODE("none|pod:[a-z0-9]([-a-z0-9]*[a-z0-9])?", 67, "none, or pod: and the name of a pod"),
    CPUSET("[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*", 255, "a list of processors such as 0-2,4"),
    VOLUME_NAME("[a-zA-Z0-9][a-zA-Z0-9_.-]*", 128, "a letter or digit, then up to 127 letters, digits, '_', '.' and '-'"),
    OPTION_NAME("[a-zA-Z0-9_.-]+", 64, "up to 64 letters, digits, '_', '.' and '-'"),
    HOST_PATH("(?!.*/\\.\\.(/|$))/.*", 4095, "an absolute path without '..'"),
    MOUNT_PATH("(?!.*/\\.\\.?(/|$))/+[^/].*", 4095, "an absolute path below / without '.' and '..'"),
    SUB_PATH("(?!/)(?!.*(^|/)\\.\\.(/|$)).+", 4095, "a path relative to the volume, without '..'"),
    SYSTEM_CALL("[a-z_][a-z0-9_]*", 64, "a system call's name, such as ptrace"),
    BELOW("(?!(.*/)?\\.\\.?(/|$))[^/\\p{Cntrl}][^\\p{Cntrl}]*", 1024, "a relative path without '.' and '..'"),
    DEVICE("/dev/(?!(.*/)?\\.\\.?(/|$))[^\\p{Cntrl}]+|[cb]:[0-9]{1,4}:[0-9]{1,7}", 200, "a node such as /dev/fuse, or type:major:minor such as c:10:229"),
    DEVICE_PATH("/dev/(?!(.*/)?\\.\\.?(/|$))(?!.*//)[^\\p{Cntrl}]*[^/\\p{Cntrl}]", 200, "a path below /dev/"),
    SYSCTL("[a-z0-9]+([._][-a-zA-Z0-9]+)+", 128, "a dotted name such as net.core.somaxconn"),
    SIGNAL("(SIG)?([A-Z]+[0-9]?|RTMIN\\+[0-9]{1,2})", 16, "a signal such as SIGTERM"),
    DOMAIN("[-A-Za-z0-9_.]+", 64, "up to 64 letters, digits, '-', '_' and '.'"),
    CONTAINER("[a-z0-9]([-a-z0-9]*[a-z0-9])?(/[a-z0-9]([-a-z0-9]*[a-z0-9])?)?", 127, "a container such as pod/container"),
    /** IPv6 as RFC 5952 writes it, so that equal addresses are equal texts. */
    HOST_ADDRESS(
            "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}"
                    + "|(?!.*(^|:)0[0-9a-f])((?!.*(^|:)0(:0)+(:|$))([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}"
                    + "|(?=([0-9a-f]*:){2,7}[0-9a-f]*$)([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?::([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?)",
            39,
            "an address of the host such as 127.0.0.1 or ::1 (lower case, without zeros that can be left out); 0.0.0.0 is every address of "
                    + "IPv4, :: every one of IPv6"),
    BLOCK_DEVICE("/dev/[^/\\p{Cntrl}]+(/[^/\\p{Cntrl}]+)*|[0-9]{1,4}:[0-9]{1,7}", 255, "a block device such as /dev/sda or \"8:0\""),
    CAPABILITY("[A-Z][A-Z_]*", 32, "a capability without CAP_, such as NET_ADMIN, or ALL");

    private final Pattern pattern;
    private final int longest;
    private final String sentence;

    Rule(String pattern, int longest, String sentence) {
        this.pattern = Pattern.compile(pattern, Pattern.DOTALL);
        this.longest = longest;
        this.sentence = sentence;
    }

    /** Whether a string keeps to it. No string may hold a NUL: it would end a C string early. */
    boolean holds(String text) {
        // The length comes first, so that a pattern never runs over a long hostile text.
        return text.length() <= longest && text.indexOf('\0') < 0 && (this == ANY || pattern.matcher(text).matches());
    }

    /** What to say to one who broke it. */
    String sentence(String text) {
        if (text.indexOf('\0') >= 0) {
            return "holds a NUL character, which no program could be given; take it out.";
        }
        if (text.length() > longest) {
            return "is " + text.length() + " characters long; at most " + longest + " are allowed.";
        }
        return "must be " + sentence + ", but is '" + Words.shortened(text) + "'.";
    }
}

package dev.stowbook.supervisor.manifest;

/** Quotes what somebody wrote, briefly and printably. */
final class Words {
    private static final int LONGEST = 60;

    private Words() {}

    static String shortened(String text) {
        return text.length() > LONGEST ? printable(text.substring(0, LONGEST)) + "..." : printable(text);
    }

    static String printable(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
        }
        return out.toString();
    }
}

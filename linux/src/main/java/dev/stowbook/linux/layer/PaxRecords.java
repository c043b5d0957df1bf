package dev.stowbook.linux.layer;

import dev.stowbook.linux.file.RawPath;
import java.util.Arrays;

/** Reads what a pax header says (POSIX.1-2017 pax, "pax Extended Header"): records {@code "<length> <key>=<value>\n"}, the length counting itself. */
final class PaxRecords {
    private PaxRecords() {}

    /** Told of each record, in order. */
    interface Visitor {
        void record(String key, byte[] value);
    }

    /** Reads all records; false if there is something else among them, and then those before it have been told. */
    static boolean read(byte[] data, Visitor visitor) {
        int at = 0;
        while (at < data.length && data[at] != 0) {
            int space = at;
            while (space < data.length && data[space] != ' ' && space - at < 10) {
                space++;
            }
            String digits = RawPath.ofBytes(Arrays.copyOfRange(data, at, space));
            int length = digits.matches("[0-9]{1,9}") ? Integer.parseInt(digits) : 0;
            int equals = space;
            while (equals < data.length && data[equals] != '=') {
                equals++;
            }
            int end = at + length;
            if (length == 0 || end > data.length || equals >= end || space + 1 > equals || data[end - 1] != '\n') {
                return false;
            }
            visitor.record(RawPath.ofBytes(Arrays.copyOfRange(data, space + 1, equals)), Arrays.copyOfRange(data, equals + 1, end - 1));
            at = end;
        }
        return true;
    }
}

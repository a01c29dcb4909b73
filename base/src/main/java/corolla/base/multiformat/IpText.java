package corolla.base.multiformat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Numeric IP addresses as text; IPv6 in the form of RFC 5952. Nothing is looked up. */
final class IpText {
    private static final int GROUPS = 8;

    private IpText() {}

    static String formatIp4(byte[] address) {
        return (address[0] & 255) + "." + (address[1] & 255) + "." + (address[2] & 255) + "." + (address[3] & 255);
    }

    static byte[] parseIp4(String text) {
        byte[] address = new byte[4];
        int at = 0;
        for (int i = 0; i < 4; i++) {
            int end = i == 3 ? text.length() : text.indexOf('.', at);
            address[i] = (byte) parseByte(text, at, end);
            at = end + 1;
        }
        return address;
    }

    /** A decimal number from 0 to 255 without leading zeros that stands at {@code [from, to)}. */
    private static int parseByte(String text, int from, int to) {
        int digits = to - from; // negative where there is no further dot
        boolean isWellFormed = digits == 1 || (digits >= 1 && digits <= 3 && text.charAt(from) != '0');
        int value = 0;
        for (int i = from; i < to && isWellFormed; i++) {
            int digit = text.charAt(i) - '0';
            isWellFormed = digit >= 0 && digit <= 9;
            value = 10 * value + digit;
        }
        if (!isWellFormed || value > 255) {
            throw notAnAddress(text, "IPv4");
        }
        return value;
    }

    static String formatIp6(byte[] address) {
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = (address[2 * i] & 255) << 8 | (address[2 * i + 1] & 255);
        }
        int zerosStart = -1;
        int zerosCount = 1; // a single zero group is not shortened
        for (int i = 0; i < GROUPS; i++) {
            int count = zerosFrom(groups, i);
            if (count > zerosCount) {
                zerosStart = i;
                zerosCount = count;
            }
        }
        if (zerosStart < 0) {
            return join(groups, 0, GROUPS);
        }
        return join(groups, 0, zerosStart) + "::" + join(groups, zerosStart + zerosCount, GROUPS);
    }

    static byte[] parseIp6(String text) {
        int gap = text.indexOf("::");
        List<Integer> head = parseGroups(text, gap < 0 ? text : text.substring(0, gap));
        List<Integer> tail = gap < 0 ? List.of() : parseGroups(text, text.substring(gap + 2));
        int missing = GROUPS - head.size() - tail.size();
        if (gap < 0 ? missing != 0 : missing < 1) {
            throw notAnAddress(text, "IPv6");
        }
        byte[] address = new byte[2 * GROUPS];
        for (int i = 0; i < head.size(); i++) {
            putGroup(address, i, head.get(i));
        }
        for (int i = 0; i < tail.size(); i++) {
            putGroup(address, GROUPS - tail.size() + i, tail.get(i));
        }
        return address;
    }

    private static List<Integer> parseGroups(String whole, String text) {
        List<Integer> groups = new ArrayList<>();
        if (text.isEmpty()) {
            return groups;
        }
        String[] parts = text.split(":", -1);
        for (int i = 0; i < parts.length; i++) {
            if (i == parts.length - 1 && whole.endsWith(parts[i]) && parts[i].indexOf('.') > 0) {
                byte[] last = parseIp4(parts[i]); // ::ffff:192.0.2.1
                groups.add((last[0] & 255) << 8 | (last[1] & 255));
                groups.add((last[2] & 255) << 8 | (last[3] & 255));
            } else if (parts[i].matches("[0-9a-fA-F]{1,4}")) {
                groups.add(HexFormat.fromHexDigits(parts[i]));
            } else {
                throw notAnAddress(whole, "IPv6");
            }
        }
        return groups;
    }

    private static void putGroup(byte[] address, int index, int group) {
        address[2 * index] = (byte) (group >> 8);
        address[2 * index + 1] = (byte) group;
    }

    private static int zerosFrom(int[] groups, int start) {
        int end = start;
        while (end < GROUPS && groups[end] == 0) {
            end++;
        }
        return end - start;
    }

    private static String join(int[] groups, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(i == from ? "" : ":").append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }

    private static IllegalArgumentException notAnAddress(String text, String kind) {
        return new IllegalArgumentException("'" + text + "' is no " + kind + " address");
    }
}

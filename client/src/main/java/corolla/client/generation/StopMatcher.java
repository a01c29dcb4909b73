package corolla.client.generation;

import java.util.List;

/**
 * Finds stop strings in text that comes in pieces, wherever the borders of the pieces fall. Text that may be the beginning
 * of a stop string is held back until that is decided. Pure; confined to one thread.
 */
public final class StopMatcher {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    /** @param stops the strings that end the text; none of them empty */
    public StopMatcher(List<String> stops) {
        if (stops.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("an empty stop string would stop every text before it begins");
        }
        this.stops = List.copyOf(stops);
    }

    /** Adds text; returns what can be shown of it and of what was held back. After a stop string nothing comes. */
    public String add(String piece) {
        if (stopped) {
            return "";
        }
        held.append(piece);
        int stop = earliestStop();
        if (stop >= 0) {
            stopped = true;
            return take(stop);
        }
        return take(held.length() - undecided());
    }

    /** The end of the text: returns what was held back, unless a stop string was found. */
    public String end() {
        return stopped ? "" : take(held.length());
    }

    /** Whether a stop string has been found. */
    public boolean isStopped() {
        return stopped;
    }

    /** Where the stop string that is complete first begins, so that the answer does not depend on the pieces; -1 for none. */
    private int earliestStop() {
        int earliestEnd = Integer.MAX_VALUE;
        int start = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            int end = at + stop.length();
            if (at >= 0 && (end < earliestEnd || (end == earliestEnd && at < start))) {
                earliestEnd = end;
                start = at;
            }
        }
        return start;
    }

    /** Length of the longest end of the held text that begins a stop string. */
    private int undecided() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (endsWith(stop, length)) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private boolean endsWith(String stop, int length) {
        int from = held.length() - length;
        for (int i = 0; i < length; i++) {
            if (held.charAt(from + i) != stop.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private String take(int length) {
        String taken = held.substring(0, length);
        held.delete(0, length);
        return taken;
    }
}

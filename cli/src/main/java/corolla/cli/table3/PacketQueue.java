package corolla.cli.table3;

/**
 * Packets on their way, in the order in which they came: when each is due, to whom it goes, how long it is. A ring of places whose bytes somebody
 * else keeps. Pure; confined to one thread.
 */
final class PacketQueue {
    private final long[] dues;
    private final int[] targets;
    private final int[] sizes;
    private int first;
    private int count;

    /** @param places how many packets may be on their way */
    PacketQueue(int places) {
        dues = new long[places];
        targets = new int[places];
        sizes = new int[places];
    }

    /** The place that the next packet takes; -1 when all are taken. */
    int free() {
        return count == dues.length ? -1 : (first + count) % dues.length;
    }

    /** Fills the place that {@link #free} named. */
    void add(long due, int target, int bytes) {
        int place = free();
        if (place < 0) {
            throw new IllegalStateException("all " + dues.length + " places are taken");
        }
        dues[place] = due;
        targets[place] = target;
        sizes[place] = bytes;
        count++;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Nanoseconds until the first packet is due: 0 when it is, {@code most} when there is none. */
    long untilDue(long now, long most) {
        return isEmpty() ? most : Math.clamp(dues[first] - now, 0, most);
    }

    /** The first packet's place; it must exist. */
    int place() {
        return first;
    }

    /** By how many nanoseconds the first packet is late. */
    long lateness(long now) {
        return now - dues[first];
    }

    int target() {
        return targets[first];
    }

    int bytes() {
        return sizes[first];
    }

    /** The first packet has gone. */
    void remove() {
        first = (first + 1) % dues.length;
        count--;
    }
}

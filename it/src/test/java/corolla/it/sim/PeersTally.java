package corolla.it.sim;

import corolla.dht.DhtNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What became of the calls of very many peers, in the minute that has ended and in all. Confined to its world. */
final class PeersTally {
    private final Count all = new Count();
    private Count minute = new Count();
    private Count ended = new Count();
    private final Sum gone = new Sum(); // look-ups of those that have left
    private Sum before = new Sum(); // look-ups until the minute began
    private Sum lookups = new Sum(); // of the minute that ended
    private int minutes;
    private int peers;
    private long connections;

    /** Of a minute, or of all. */
    private static final class Count {
        private int joined;
        private int joinsFailed;
        private int left;
        private int stores;
        private int storesRefused;
        private int reads;
        private int readsFailed;
        private int readsOld;
        private final List<Long> readNanos = new ArrayList<>();

        void add(Count other) {
            joined += other.joined;
            joinsFailed += other.joinsFailed;
            left += other.left;
            stores += other.stores;
            storesRefused += other.storesRefused;
            reads += other.reads;
            readsFailed += other.readsFailed;
            readsOld += other.readsOld;
            readNanos.addAll(other.readNanos);
        }

        long readMillis(double share) {
            List<Long> sorted = readNanos.stream().sorted().toList();
            return sorted.isEmpty() ? 0 : sorted.get((int) (share * (sorted.size() - 1))) / 1_000_000;
        }
    }

    /** Look-ups of several nodes. */
    private static final class Sum {
        private long count;
        private long requests;
        private long requestsFailed;
        private long[] hops = {};

        void add(DhtNode.Lookups more) {
            count += more.lookups();
            requests += more.requests();
            requestsFailed += more.requestsFailed();
            List<Long> found = more.foundAfterHops();
            hops = Arrays.copyOf(hops, found.size());
            for (int i = 0; i < hops.length; i++) {
                hops[i] += found.get(i);
            }
        }

        Sum plus(Sum other, int sign) {
            Sum sum = new Sum();
            sum.count = count + sign * other.count;
            sum.requests = requests + sign * other.requests;
            sum.requestsFailed = requestsFailed + sign * other.requestsFailed;
            sum.hops = Arrays.copyOf(hops, Math.max(hops.length, other.hops.length));
            for (int i = 0; i < other.hops.length; i++) {
                sum.hops[i] += sign * other.hops[i];
            }
            return sum;
        }

        /** After how many hops this share of what was found was found. */
        int hops(double share) {
            long total = Arrays.stream(hops).sum();
            long seen = 0;
            for (int i = 0; i < hops.length; i++) {
                seen += hops[i];
                if (seen >= share * total) {
                    return i;
                }
            }
            return 0;
        }
    }

    void joined() {
        minute.joined++;
    }

    void joinFailed() {
        minute.joinsFailed++;
    }

    void left(SwarmNode node) {
        minute.left++;
        gone.add(node.dht().lookups());
    }

    void stored(boolean isStored) {
        minute.stores++;
        minute.storesRefused += isStored ? 0 : 1;
    }

    /** @param isOld what was found had been renewed since */
    void read(long nanos, boolean isFound, boolean isOld) {
        minute.reads++;
        minute.readNanos.add(nanos);
        minute.readsFailed += isFound ? 0 : 1;
        minute.readsOld += isOld ? 1 : 0;
    }

    void readFailed() {
        minute.reads++;
        minute.readsFailed++;
    }

    void endMinute(List<SwarmNode> nodes) {
        minutes++;
        ended = minute;
        minute = new Count();
        all.add(ended);
        Sum now = new Sum().plus(gone, 1);
        nodes.forEach(node -> now.add(node.dht().lookups()));
        lookups = now.plus(before, -1);
        before = now;
        peers = nodes.size();
        connections = nodes.stream()
                .mapToLong(node -> node.host().connectedPeers().size())
                .sum();
    }

    /** Of the minute that ended last. */
    String minute() {
        return String.format(
                        Locale.ROOT,
                        "minute=%d peers=%d connectionEnds=%d joined=%d joinsFailed=%d left=%d ",
                        minutes,
                        peers,
                        connections,
                        ended.joined,
                        ended.joinsFailed,
                        ended.left)
                + calls(ended, lookups);
    }

    /** Of all minutes. */
    String summary() {
        return String.format(
                        Locale.ROOT,
                        "minutes=%d peers=%d joined=%d joinsFailed=%d left=%d ",
                        minutes,
                        peers,
                        all.joined,
                        all.joinsFailed,
                        all.left)
                + calls(all, before);
    }

    private static String calls(Count count, Sum lookups) {
        double each = lookups.count == 0 ? 0 : (double) lookups.requests / lookups.count;
        return String.format(
                Locale.ROOT,
                "stores=%d refused=%d reads=%d failed=%d old=%d readMs=%d/%d hops=%d/%d asked=%.1f unanswered=%d",
                count.stores,
                count.storesRefused,
                count.reads,
                count.readsFailed,
                count.readsOld,
                count.readMillis(0.5),
                count.readMillis(0.99),
                lookups.hops(0.5),
                lookups.hops(0.99),
                each,
                lookups.requestsFailed);
    }

    int reads() {
        return all.reads;
    }

    int readsFailed() {
        return all.readsFailed;
    }
}

package corolla.p2p.yamux;

/** Bytes that a caller waits to see on their way: one or two borrowed pieces. Guarded by the connection's lock. */
final class WriteJob {
    private final byte[] first;
    private final int firstFrom;
    private final int firstCount;
    private final byte[] second;
    private final int count;
    private int done;

    WriteJob(byte[] first, int firstFrom, int firstCount, byte[] second) {
        this.first = first;
        this.firstFrom = firstFrom;
        this.firstCount = firstCount;
        this.second = second;
        this.count = Math.addExact(firstCount, second.length);
    }

    int remaining() {
        return count - done;
    }

    /** Copies the next bytes. */
    void take(byte[] into, int at, int wanted) {
        int fromFirst = Math.min(wanted, Math.max(0, firstCount - done));
        if (fromFirst > 0) {
            System.arraycopy(first, firstFrom + done, into, at, fromFirst);
        }
        int fromSecond = wanted - fromFirst;
        if (fromSecond > 0) {
            System.arraycopy(second, done + fromFirst - firstCount, into, at + fromFirst, fromSecond);
        }
        done += wanted;
    }
}

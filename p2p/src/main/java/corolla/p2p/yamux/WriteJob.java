package corolla.p2p.yamux;

/** Bytes that a caller waits to see on their way: one or two borrowed pieces. Guarded by the connection's lock. */
final class WriteJob {
    private final byte[] first;
    private final byte[] second;
    private final int secondFrom;
    private final int count;
    private final boolean isLast;
    private int done;

    /** @param isLast whether our direction ends with it */
    WriteJob(byte[] first, byte[] second, int secondFrom, int secondCount, boolean isLast) {
        this.isLast = isLast;
        this.first = first;
        this.second = second;
        this.secondFrom = secondFrom;
        this.count = Math.addExact(first.length, secondCount);
    }

    boolean isLast() {
        return isLast;
    }

    int remaining() {
        return count - done;
    }

    /** Copies the next bytes. */
    void take(byte[] into, int at, int wanted) {
        int fromFirst = Math.min(wanted, Math.max(0, first.length - done));
        if (fromFirst > 0) {
            System.arraycopy(first, done, into, at, fromFirst);
        }
        int fromSecond = wanted - fromFirst;
        if (fromSecond > 0) {
            System.arraycopy(second, secondFrom + done + fromFirst - first.length, into, at + fromFirst, fromSecond);
        }
        done += wanted;
    }
}

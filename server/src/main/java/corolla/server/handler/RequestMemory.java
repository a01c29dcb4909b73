package corolla.server.handler;

/** Bytes that streamed requests hold while they arrive and are computed, all together. Thread-safe. */
final class RequestMemory {
    private final long bytesMax;
    private long bytes; // guarded by this

    RequestMemory(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** What one call holds; closed when it is done. Confined to the call. */
    final class Share implements AutoCloseable {
        private long own;

        /** Some bytes more. */
        void add(long more) throws RequestException {
            take(more);
            own += more;
        }

        @Override
        public void close() {
            give(own);
            own = 0;
        }
    }

    Share open() {
        return new Share();
    }

    private synchronized void take(long more) throws RequestException {
        if (more > bytesMax - bytes) {
            throw new RequestException("Server is overloaded: requests hold " + bytes + " of " + bytesMax
                    + " bytes, and " + more + " more do not fit; try later");
        }
        bytes += more;
    }

    private synchronized void give(long own) {
        bytes -= own;
    }
}

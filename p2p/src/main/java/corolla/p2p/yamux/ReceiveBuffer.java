package corolla.p2p.yamux;

import java.util.ArrayDeque;

/**
 * Bytes of one stream that have arrived and are not read yet. Pieces of at least a kilobyte, so that a remote which sends single
 * bytes cannot make us keep an object for each. Guarded by the connection's lock; bytes between a chunk's start and end do not
 * change any more, so the reader may copy them without the lock.
 */
final class ReceiveBuffer {
    private static final int CHUNK_BYTES_MIN = 1024;

    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();

    static final class Chunk {
        final byte[] bytes;
        int start;
        int end;

        Chunk(int capacity) {
            bytes = new byte[capacity];
        }

        int count() {
            return end - start;
        }
    }

    boolean isEmpty() {
        return chunks.isEmpty();
    }

    void add(byte[] bytes, int from, int count) {
        Chunk last = chunks.peekLast();
        int fits = last == null ? 0 : Math.min(count, last.bytes.length - last.end);
        if (last != null && fits > 0) {
            System.arraycopy(bytes, from, last.bytes, last.end, fits);
            last.end += fits;
        }
        if (fits < count) {
            Chunk chunk = new Chunk(Math.max(CHUNK_BYTES_MIN, count - fits));
            System.arraycopy(bytes, from + fits, chunk.bytes, 0, count - fits);
            chunk.end = count - fits;
            chunks.add(chunk);
        }
    }

    /** The oldest bytes; there are some. */
    Chunk first() {
        return chunks.element();
    }

    /** Drops bytes of the {@link #first} chunk. */
    void consume(int count) {
        Chunk first = chunks.element();
        first.start += count;
        if (first.count() == 0) {
            chunks.remove();
        }
    }

    void clear() {
        chunks.clear();
    }
}

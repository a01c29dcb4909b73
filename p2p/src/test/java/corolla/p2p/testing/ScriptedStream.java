package corolla.p2p.testing;

import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** A remote that has said everything already, in pieces of a given size, and whose end is the end of its bytes. */
public final class ScriptedStream implements ByteStream {
    private final byte[] incoming;
    private final int pieceBytes;
    private final ByteArrayOutputStream outgoing = new ByteArrayOutputStream();
    private int at;
    private boolean isClosed;

    public ScriptedStream(byte[] incoming, int pieceBytes) {
        this.incoming = incoming;
        this.pieceBytes = pieceBytes;
    }

    @Override
    public int read(byte[] into, int from, int count, Deadline deadline) throws IOException {
        if (isClosed) {
            throw new IOException("closed");
        }
        int taken = Math.min(Math.min(count, pieceBytes), incoming.length - at);
        if (taken <= 0) {
            return -1;
        }
        System.arraycopy(incoming, at, into, from, taken);
        at += taken;
        return taken;
    }

    @Override
    public void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException {
        if (isClosed) {
            throw new IOException("closed");
        }
        outgoing.write(bytes, from, count);
    }

    /** What was written. */
    public byte[] written() {
        return outgoing.toByteArray();
    }

    /** How much of the script was read. */
    public int readCount() {
        return at;
    }

    @Override
    public Endpoint remote() {
        return new Endpoint("192.0.2.1", 4001);
    }

    @Override
    public Endpoint local() {
        return new Endpoint("192.0.2.2", 4001);
    }

    @Override
    public void close() {
        isClosed = true;
    }
}

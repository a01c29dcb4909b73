package corolla.p2p;

import corolla.base.time.Deadline;
import java.io.IOException;

/** Two directions of bytes. One reader thread and one writer thread at a time. */
public interface Duplex {

    /**
     * Reads at least one byte, and as many as are there.
     *
     * @return how many, or -1 when the remote has ended its direction
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over first
     */
    int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException;

    /** Writes all bytes. */
    void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException, InterruptedException;
}

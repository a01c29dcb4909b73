package corolla.base.transport;

import corolla.base.time.Deadline;
import java.io.IOException;

/** A two-way stream of bytes. One reader thread and one writer thread at a time; {@link #close} from any thread. */
public interface ByteStream extends AutoCloseable {

    /**
     * Reads at least one byte.
     *
     * @return how many, or -1 when the remote has ended its direction
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over first
     */
    int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException;

    /** Writes all bytes. */
    void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException, InterruptedException;

    /** Where the remote end is. */
    Endpoint remote();

    /** Where our end is. */
    Endpoint local();

    /** Closes both directions; a thread that reads or writes gets an {@code IOException}. Idempotent. */
    @Override
    void close();
}

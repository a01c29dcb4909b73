package corolla.p2p.rpc;

import corolla.base.time.Deadline;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Where the messages of the other side come from. One thread at a time. */
public interface RpcSource {

    /**
     * Waits for the next message. Memory is taken as the bytes arrive, not as they are announced; while nobody receives, the
     * sender is held back by the stream's window.
     *
     * @return the message, owned by the caller; null when the other side has ended normally
     * @throws RemoteException when the other side ended with an error
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over first; the call may go on: the next
     *     {@code receive} continues
     */
    byte @Nullable [] receive(Deadline deadline) throws IOException, InterruptedException;
}

package corolla.client.session;

import corolla.base.time.Deadline;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An open {@code rpc_inference} call: messages out, messages in. Confined to one thread at a time. */
public interface StepStream {

    void send(byte[] message, Deadline deadline) throws IOException, InterruptedException;

    /** The next answer; null when the server has ended the call. */
    byte @Nullable [] receive(Deadline deadline) throws IOException, InterruptedException;

    /** Says that no message will follow. */
    void endRequests() throws IOException, InterruptedException;

    /** Drops the call at once. Idempotent; of no effect on a call that has ended. */
    void cancel();
}

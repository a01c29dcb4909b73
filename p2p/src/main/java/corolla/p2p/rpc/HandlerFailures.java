package corolla.p2p.rpc;

import java.io.IOException;

/** What becomes of exceptions that leave a handler, besides telling the caller. */
final class HandlerFailures {
    private static final System.Logger LOGGER = System.getLogger(HandlerFailures.class.getName());

    private HandlerFailures() {}

    /** Remote trouble and bad requests are everyday; anything else may be a bug of ours. */
    static void log(ServedCall call, Exception failure) {
        boolean everyday = failure instanceof IOException
                || failure instanceof InterruptedException
                || failure instanceof IllegalArgumentException;
        System.Logger.Level level = everyday ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING;
        LOGGER.log(
                level,
                () -> "call failed method=" + call.name() + " caller="
                        + call.peer().shortForm(),
                failure);
    }

    /** The thread was told to end by somebody other than the caller of the call: by the host that closes. */
    static void rethrowInterruption(Exception failure) throws InterruptedException {
        if (failure instanceof InterruptedException interruption) {
            throw interruption;
        }
    }
}

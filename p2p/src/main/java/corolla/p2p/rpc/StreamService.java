package corolla.p2p.rpc;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.Stream;
import corolla.p2p.StreamHandler;
import corolla.p2p.internal.ByteBudget;
import java.io.IOException;

/** Serves one streaming method. Thread-safe: each call has a thread of its own. */
final class StreamService implements StreamHandler {
    private final String name;
    private final StreamingHandler handler;
    private final ServedCalls calls;
    private final ByteBudget arriving;
    private final RpcLimits limits;
    private final Clock clock;

    StreamService(
            String name,
            StreamingHandler handler,
            ServedCalls calls,
            ByteBudget arriving,
            RpcLimits limits,
            Clock clock) {
        this.name = name;
        this.handler = handler;
        this.calls = calls;
        this.arriving = arriving;
        this.limits = limits;
        this.clock = clock;
    }

    @Override
    public void handle(Stream stream) throws IOException, InterruptedException {
        ServedCall call = new ServedCall(stream, name);
        FrameSink responses = new FrameSink(stream, limits);
        try {
            calls.enter(call);
        } catch (IllegalStateException full) {
            sendError(responses, full);
            return;
        }
        try (RequestSource requests = new RequestSource(stream, call.toString(), arriving, limits)) {
            serve(call, requests, responses);
        } finally {
            calls.leave(call);
        }
    }

    private void serve(ServedCall call, RequestSource requests, FrameSink responses)
            throws IOException, InterruptedException {
        // Asking also sends the answer to the caller's proposal, which otherwise leaves with our first bytes: a handler
        // may
        // take its time before it reads or writes.
        if (call.stream().isRemoteEnded()) {
            call.stream().reset();
            return;
        }
        try {
            call.<Boolean>run(() -> {
                handler.handle(call, requests, responses);
                return true;
            });
        } catch (Exception failure) {
            if (call.cancelled()) {
                call.stream().reset();
                return;
            }
            HandlerFailures.log(call, failure);
            sendError(responses, failure);
            HandlerFailures.rethrowInterruption(failure);
        }
        // A stock caller that still writes when our FIN arrives fails with a broken pipe: read on up to its end frame.
        requests.drain(Deadline.after(clock, limits.drainTime()));
    }

    private void sendError(FrameSink responses, Exception failure) throws IOException, InterruptedException {
        String text = RpcErrors.message(failure, limits.errorTextMax());
        responses.sendError(text, Deadline.after(clock, limits.responseTime()));
    }
}

package corolla.p2p.yamux;

import corolla.base.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Takes what was read apart and tells the streams. {@link #take} is called with the connection's lock, {@link #handOut} without it:
 * what others want to be told of may take locks of its own. Confined to the connection's reader.
 */
final class FrameReceiver {
    private final YamuxState state;
    private final Function<StreamState, YamuxStream> shells;
    private final Consumer<YamuxStream> onInbound;
    private final FrameParser parser = new FrameParser();
    private final List<YamuxStream> opened = new ArrayList<>();
    private final List<Runnable> actions = new ArrayList<>();

    /** Of the frame at hand, which may go on in the next message. */
    private YamuxState.Effect effect = YamuxState.Effect.NONE;

    /**
     * A receiver for one session.
     *
     * @param shells makes the stream that belongs to a state
     * @param onInbound told each stream that the remote has opened
     */
    FrameReceiver(YamuxState state, Function<StreamState, YamuxStream> shells, Consumer<YamuxStream> onInbound) {
        this.state = state;
        this.shells = shells;
        this.onInbound = onInbound;
    }

    /** Lock held. */
    void take(byte[] bytes, int from, int count, long now) throws ProtocolException {
        parser.feed(bytes, from, count, new Sink(now));
    }

    /** Lock not held. */
    void handOut() {
        List<YamuxStream> streams = List.copyOf(opened);
        List<Runnable> due = List.copyOf(actions);
        opened.clear();
        actions.clear();
        streams.forEach(onInbound);
        due.forEach(Runnable::run);
    }

    private final class Sink implements FrameParser.Sink {
        private final long now;

        Sink(long now) {
            this.now = now;
        }

        @Override
        public long header(YamuxMessages.Frame frame) throws ProtocolException {
            effect = state.onFrame(frame, now);
            StreamState stream = effect.stream();
            if (stream != null && effect.isNew()) {
                opened.add(shells.apply(stream));
            }
            if (stream != null && stream.isReset()) {
                signalEnd(stream, actions);
            }
            return effect.payload();
        }

        @Override
        public void payload(byte[] bytes, int from, int count) throws ProtocolException {
            StreamState stream = effect.stream();
            YamuxStream shell = stream == null ? null : stream.shell;
            if (stream == null || shell == null) {
                return;
            }
            if (state.onPayload(stream, count)) {
                shell.received.add(bytes, from, count);
                shell.readable.signalAll();
            } else if (stream.isReset()) {
                signalEnd(stream, actions);
            }
        }

        @Override
        public void end() {
            StreamState stream = effect.stream();
            if (stream != null && effect.endsAfterPayload()) {
                state.onRemoteEnd(stream);
                signalEnd(stream, actions);
            }
            effect = YamuxState.Effect.NONE;
        }
    }

    /** Wakes who waits for the stream, and takes the action that waits for its end. Lock held. */
    static void signalEnd(StreamState stream, List<Runnable> actions) {
        YamuxStream shell = stream.shell;
        if (shell == null) {
            return;
        }
        shell.readable.signalAll();
        shell.writable.signalAll();
        if (shell.remoteEndAction != null) {
            actions.add(shell.remoteEndAction);
            shell.remoteEndAction = null;
        }
    }
}

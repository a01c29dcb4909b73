package corolla.p2p.yamux;

import corolla.base.ProtocolException;
import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.P2pLimits;
import corolla.p2p.PeerId;
import corolla.p2p.StreamResetException;
import corolla.p2p.noise.SecureChannel;
import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One yamux session over a secure channel. Thread-safe.
 *
 * <p>Its owner runs {@link #read} in a thread until it returns, {@link #write} whenever it is asked to, and {@link #checkLife} every
 * few seconds. A caller whose bytes are few writes them to the socket itself, if nobody is writing: that saves a thread switch, which is most
 * of a small request's time. Everything else is written by the writer thread, a message of up to 64 KiB at a time, the streams taking
 * turns; so a caller's deadline or interruption never cuts a message in half, and no caller waits in the socket while another's bytes are
 * there. A connection on which nothing is said has a reader and no writer.
 */
public final class Yamux implements AutoCloseable {
    /** The protocol's id. */
    public static final String PROTOCOL = "/yamux/1.0.0";

    private static final Logger LOG = System.getLogger(Yamux.class.getName());

    /**
     * Callers write at most this much themselves between two signs of life from the remote: it fits the socket's buffer, so that they
     * do not wait there.
     */
    private static final int INLINE_BYTES_MAX = 32 * 1024;

    /** A caller that waits in the socket all the same, since the remote talks but does not read, waits at most so much too long. */
    private static final Duration INLINE_OVERRUN_MAX = Duration.ofSeconds(1);

    /** A socket write that takes longer has waited for the remote; for a while callers then leave the writing to the writer. */
    private static final long SLOW_WRITE_NANOS = 3_000_000;

    private static final long SLOW_WRITE_MEMORY_NANOS = 1_000_000_000;
    private static final Duration CLOSE_TIME = Duration.ofMillis(500);

    /** A writer that had nothing to write for so long ends; another one is asked for when it is needed. */
    private static final Duration WRITER_REST = Duration.ofSeconds(2);

    /** When nothing but a sign of life comes after so long a silence, the buffers are given back. */
    private static final long QUIET_NANOS = 2_000_000_000;

    /** A ping and its answer. */
    private static final int SIGN_BYTES_MAX = 2 * YamuxMessages.HEADER_BYTES;

    private static final byte[] NOTHING = {};

    /** The largest message after a silence. */
    private static final int MESSAGE_BYTES_FIRST = 4096;

    /** Some signs of life. */
    private static final int STAGING_BYTES_IDLE = 64;

    private final Clock clock;
    private final SecureChannel channel;
    private final P2pLimits limits;
    private final Gate lock;
    private final Gate output; // the writer waits here, and who closes
    private final Gate slots; // who wants to open a stream waits here
    private final FrameReceiver receiver; // the reader's

    // Guarded by lock:
    private final YamuxState state;
    private final List<StreamState> finished = new ArrayList<>();
    private boolean isWriting;
    private boolean hasWriter;
    private boolean isClosing;
    private @Nullable String closedReason;
    private long receivedNanos;
    private long slowWriteNanos;
    private long unheardBytes; // written since the remote was heard last
    private @Nullable Thread reader;

    /** Set by whoever fails to write; the reader then finds the channel closed, and its owner ends the session. */
    private volatile @Nullable Exception failure;

    private byte[] staging = NOTHING; // belongs to whoever has set isWriting
    private int messageBytesMax = MESSAGE_BYTES_FIRST; // the same

    private final Owner owner;
    private Deadline nextCheck; // belongs to whoever checks for life

    /** Whom a session belongs to. Its methods must not block. */
    public interface Owner {
        /** The remote has opened a stream. Called on the reader thread. */
        void onInbound(YamuxStream stream);

        /** Something is to be written, and nobody does: {@link Yamux#write} is to be run, in a thread of its own. */
        void needsWriter();
    }

    /**
     * A session that waits for its threads.
     *
     * @param client whether we dialed
     */
    public Yamux(
            Clock clock,
            SecureChannel channel,
            boolean client,
            P2pLimits limits,
            MemoryBudget unreadBudget,
            Owner owner) {
        this.clock = clock;
        this.channel = channel;
        this.limits = limits;
        this.owner = owner;
        this.lock = new Gate(clock);
        this.output = lock.sibling();
        this.slots = lock.sibling();
        this.state = new YamuxState(client, limits, unreadBudget);
        this.receiver = new FrameReceiver(state, this::shellOf, owner::onInbound);
        this.receivedNanos = clock.nanoTime();
        this.nextCheck = new Deadline(receivedNanos);
        this.slowWriteNanos = receivedNanos - SLOW_WRITE_MEMORY_NANOS;
    }

    public PeerId remotePeer() {
        return channel.remotePeer();
    }

    /**
     * Opens a stream; nothing is sent before its first bytes.
     *
     * @throws StreamResetException when the session is over
     * @throws DeadlineException when too many streams are open, or not accepted yet, until {@code deadline}
     */
    public YamuxStream open(Deadline deadline) throws IOException, InterruptedException {
        lock.lock();
        try {
            while (closedReason == null && !state.mayOpen()) {
                String exhausted = state.exhausted();
                if (exhausted != null) {
                    throw new StreamResetException(
                            "no stream can be opened to " + remotePeer().shortForm() + ": " + exhausted);
                }
                if (!slots.await(deadline)) {
                    throw new DeadlineException("no stream could be opened in time to "
                            + remotePeer().shortForm() + ": " + state.openStreams()
                            + " are open, or too many not accepted yet");
                }
            }
            if (closedReason != null) {
                throw new StreamResetException(closedReason);
            }
            return shellOf(state.open(clock.nanoTime()));
        } finally {
            lock.unlock();
        }
    }

    /** True while streams can be opened, at least after a wait. */
    public boolean isOpen() {
        lock.lock();
        try {
            return closedReason == null && !isClosing && state.exhausted() == null;
        } finally {
            lock.unlock();
        }
    }

    /** When something came last, on the clock's scale. */
    public long receivedNanos() {
        lock.lock();
        try {
            return receivedNanos;
        } finally {
            lock.unlock();
        }
    }

    /** Streams that are open in at least one direction. */
    public int openStreams() {
        lock.lock();
        try {
            return state.openStreams();
        } finally {
            lock.unlock();
        }
    }

    /** The last measured round trip. */
    public Duration roundTrip() {
        lock.lock();
        try {
            return Duration.ofNanos(state.roundTripNanos());
        } finally {
            lock.unlock();
        }
    }

    private YamuxStream shellOf(StreamState stream) {
        YamuxStream shell = new YamuxStream(this, stream);
        stream.shell = shell;
        return shell;
    }

    // ---- the reader

    /**
     * Reads frames until the connection ends. Run by one thread.
     *
     * @throws IOException why it ended; {@link EOFException} when the remote closed it between two frames
     */
    public void read() throws IOException, InterruptedException {
        begin();
        Deadline never = Deadline.never(clock); // signs of life find a dead remote
        while (true) {
            int count = channel.fill(never);
            if (count < 0) {
                throw new EOFException(remotePeer().shortForm() + " closed the connection");
            }
            lock.lock();
            try {
                long now = clock.nanoTime();
                boolean isSignOnly = now - receivedNanos > QUIET_NANOS && count <= SIGN_BYTES_MAX;
                boolean mayAnswer = isSignOnly && unheardBytes <= SIGN_BYTES_MAX;
                receivedNanos = now;
                unheardBytes = 0;
                receiver.take(channel.plain(), channel.plainStart(), count, now);
                channel.consume(count);
                if (mayAnswer) {
                    answerSign();
                }
                if (isSignOnly && !isWriting) {
                    giveBuffersBack();
                }
                wake();
            } finally {
                lock.unlock();
                receiver.handOut();
            }
        }
    }

    private void begin() throws ProtocolException {
        lock.lock();
        try {
            reader = Thread.currentThread();
            state.ping(clock.nanoTime()); // measures the round trip, as p2pd does
            wake();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Answers after a silence of both sides without a writer: the socket's buffer is empty, so the reader does not wait there. Lock
     * held.
     */
    private void answerSign() throws IOException, InterruptedException {
        if (!isWriting && closedReason == null && state.hasOutput()) {
            writeOnce(Deadline.after(clock, INLINE_OVERRUN_MAX));
        }
    }

    /** Nobody has said anything for a while, and nobody does now. Lock held, nobody writes. */
    private void giveBuffersBack() {
        staging = NOTHING;
        messageBytesMax = MESSAGE_BYTES_FIRST;
        channel.giveBuffersBack();
    }

    /** For tests: what its buffers take, while nobody reads or writes. */
    int bufferBytes() {
        return staging.length + channel.bufferBytes();
    }

    // ---- the writer

    /** Writes what callers did not write themselves, until there was nothing for a while, or the session ends. */
    public void write() throws IOException, InterruptedException {
        lock.lock();
        try {
            Deadline rest = Deadline.after(clock, WRITER_REST);
            while (closedReason == null) {
                if (!isWriting && state.hasOutput()) {
                    writeOnce(Deadline.after(clock, limits.writeStallTime()));
                    rest = Deadline.after(clock, WRITER_REST);
                } else if (!output.await(rest) && (isWriting || !state.hasOutput())) {
                    return;
                }
            }
        } finally {
            hasWriter = false;
            lock.unlock();
        }
    }

    /** Lock held. */
    private void callWriter() {
        if (hasWriter) {
            output.signalAll();
        } else if (closedReason == null) {
            hasWriter = true;
            owner.needsWriter();
        }
    }

    // ---- signs of life

    /** Looks for a sign of life, and asks for one, when that is due; ends the connection when none came. Run by one thread. */
    public void checkLife() {
        if (!nextCheck.isOver(clock)) {
            return; // what happens meanwhile only puts it off
        }
        lock.lock();
        try {
            if (closedReason == null && nextSign().isOver(clock)) {
                lookForLife(clock.nanoTime());
                flushQuietly(); // a few bytes after a silence: they need no writer
            }
            nextCheck = nextSign();
        } catch (IOException e) {
            failure = e;
            channel.close();
        } finally {
            lock.unlock();
        }
    }

    /** When {@link #lookForLife} has something to do, if nothing happens before. */
    private Deadline nextSign() {
        long since = state.isPingOutstanding() ? Math.max(state.pingSentNanos(), receivedNanos) : receivedNanos;
        Duration time = state.isPingOutstanding() ? limits.keepAliveTime() : limits.keepAliveInterval();
        Deadline sign = new Deadline(since + time.toNanos() + 1);
        return state.eldestClosedNanos()
                .map(closed -> new Deadline(closed + limits.closeLingerTime().toNanos()).earlier(sign))
                .orElse(sign);
    }

    private void lookForLife(long now) throws IOException {
        state.sweep(now);
        boolean isSilent = now - receivedNanos >= limits.keepAliveTime().toNanos();
        if (state.isPingOutstanding()
                && isSilent
                && now - state.pingSentNanos() >= limits.keepAliveTime().toNanos()) {
            throw new DeadlineException(
                    remotePeer().shortForm() + " did not answer a ping within " + limits.keepAliveTime());
        }
        if (now - receivedNanos >= limits.keepAliveInterval().toNanos()) {
            state.ping(now);
        }
    }

    /** Stages one message and writes it. Called with the lock held once, which it gives up in between. Late is the connection's end. */
    private void writeOnce(Deadline deadline) throws IOException, InterruptedException {
        isWriting = true;
        try {
            makeRoom();
            int count = state.stage(staging, finished);
            for (StreamState stream : finished) {
                if (stream.shell != null) {
                    stream.shell.writable.signalAll();
                }
            }
            finished.clear();
            unheardBytes += count;
            long start = clock.nanoTime();
            lock.unlock();
            try {
                channel.write(staging, 0, count, deadline);
                growMessages(count);
            } catch (IOException | InterruptedException e) {
                failure = e; // a message may have been cut: nothing can follow it
                channel.close();
                throw e;
            } finally {
                lock.lock();
            }
            long end = clock.nanoTime();
            if (end - start > SLOW_WRITE_NANOS) {
                slowWriteNanos = end;
            }
        } finally {
            isWriting = false;
            if (state.hasOutput()) {
                callWriter();
            }
            if (isClosing) {
                output.signalAll();
            }
        }
    }

    /** Room for what there is to send, up to {@link #messageBytesMax}. Lock held. */
    private void makeRoom() {
        int wanted = Math.min(state.outputBytes(messageBytesMax), messageBytesMax);
        if (staging.length < wanted) {
            int grown = Math.clamp(2L * staging.length, STAGING_BYTES_IDLE, messageBytesMax);
            staging = new byte[Math.max(wanted, grown)];
        }
    }

    /** A message that fills half of what it may have says that more is to come. */
    private void growMessages(int count) {
        if (2 * count > messageBytesMax) {
            messageBytesMax = Math.min(4 * messageBytesMax, SecureChannel.PLAIN_BYTES_MAX);
        }
    }

    /** Lets what there is to send be sent: by this thread when that is quick and harmless, else by the writer. Lock held. */
    private void flush(long bytes, Deadline deadline) throws IOException, InterruptedException {
        Thread me = Thread.currentThread();
        boolean mayWrite = !isWriting
                && unheardBytes + bytes <= INLINE_BYTES_MAX
                && me != reader // it must go on reading, or two readers could wait for each other
                && !me.isInterrupted()
                && clock.nanoTime() - slowWriteNanos > SLOW_WRITE_MEMORY_NANOS;
        if (mayWrite && closedReason == null && state.hasOutput()) {
            Deadline late = Deadline.after(clock, INLINE_OVERRUN_MAX);
            Deadline mine = deadline.nanoTime() - late.nanoTime() > 0 ? deadline : late;
            writeOnce(mine.earlier(Deadline.after(clock, limits.writeStallTime())));
        }
        wake();
    }

    private void wake() {
        if (state.hasOutput() && !isWriting) {
            callWriter();
        }
        if (state.mayOpen()) {
            slots.signalAll();
        }
    }

    // ---- for the streams

    Gate lock() {
        return lock;
    }

    Deadline windowWaitAfterFin() {
        return Deadline.after(clock, limits.windowWaitAfterFin());
    }

    String describe(StreamState stream) {
        return "stream " + Integer.toUnsignedString(stream.id) + (stream.inbound ? " from " : " to ")
                + remotePeer().shortForm();
    }

    /** Lock held. */
    void onRead(YamuxStream stream, int bytes) {
        stream.received.consume(bytes);
        state.onRead(stream.state, bytes, clock.nanoTime());
        if (state.hasOutput()) {
            flushQuietly();
        }
    }

    /** Lock held. */
    void offer(YamuxStream stream, WriteJob job, Deadline deadline) throws IOException, InterruptedException {
        state.offer(stream.state, job);
        flush(Math.min(job.remaining(), stream.state.sendWindow), deadline);
    }

    /** Lock held. */
    void setPrefix(YamuxStream stream, byte[] prefix) {
        state.setPrefix(stream.state, prefix);
    }

    /** Sends what was to go with the first data, and tells whether the lock, which is held, was given up for it. */
    boolean sendPrefix(YamuxStream stream) {
        if (stream.state.prefix.length == 0 || stream.state.isPrefixDue) {
            return false;
        }
        state.sendPrefix(stream.state);
        flushQuietly();
        return true;
    }

    /** Lock held. */
    void withdraw(YamuxStream stream) {
        state.withdraw(stream.state);
        wake();
    }

    void change(YamuxStream stream, YamuxStream.Change change) {
        lock.lock();
        try {
            change.apply(state, clock.nanoTime());
            stream.readable.signalAll();
            stream.writable.signalAll();
            flushQuietly();
        } catch (ProtocolException e) {
            failure = e;
            channel.close();
        } finally {
            lock.unlock();
        }
    }

    /** For callers who have nothing to do with the socket: what fails here ends the session, which everybody sees. Lock held. */
    private void flushQuietly() {
        try {
            flush(0, Deadline.after(clock, INLINE_OVERRUN_MAX));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> "write failed peer=" + remotePeer().shortForm(), e);
        }
    }

    // ---- the end

    /** Why the session must end, when a caller's write has found out. */
    public @Nullable Exception failure() {
        return failure;
    }

    /** Lets what was written leave, for a moment, and closes. */
    @Override
    public void close() {
        lock.lock();
        try {
            isClosing = true;
            Deadline deadline = Deadline.after(clock, CLOSE_TIME);
            boolean isInTime = true;
            while (isInTime && closedReason == null && (isWriting || state.hasOutput())) {
                isInTime = output.await(deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        end("closed by this side");
    }

    /** Ends all streams and closes the channel. Idempotent. */
    public void end(String reason) {
        List<Runnable> actions = new ArrayList<>();
        lock.lock();
        try {
            if (closedReason == null) {
                closedReason = "connection with " + remotePeer().shortForm() + " is lost: " + reason;
                for (StreamState stream : state.endAll(closedReason)) {
                    FrameReceiver.signalEnd(stream, actions);
                }
                output.signalAll();
                slots.signalAll();
            }
        } finally {
            lock.unlock();
        }
        channel.close();
        actions.forEach(Runnable::run);
    }
}

package corolla.testkit;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * One direction of a connection: packets arrive after a delay, in order. Needs no thread and no event: the reader waits until the
 * first packet's arrival. While the link is cut, packets wait, as TCP would repeat them, and come after it is mended.
 */
final class Pipe {
    /** What the sender may have under way and unread, as a socket's buffers. */
    private static final int WINDOW_BYTES = 256 << 10;

    private static final int PACKET_BYTES_MAX = 16 << 10;

    private final Clock clock;
    private final Gate gate;
    private final Link link;
    private final Loop loop;
    private final ArrayDeque<Packet> packets = new ArrayDeque<>();
    private long lineFreeAt; // when the last bit sent so far has left the sender
    private long lastArrival;
    private int unreadBytes;
    private boolean isReaderBlind; // it waits, and knows of no packet that will arrive
    private boolean senderClosed;
    private boolean receiverClosed;
    private long senderLearnsAt; // when the sender learns that the receiver has closed

    /** @param arrival on the clock's scale; Long.MAX_VALUE while the link is cut */
    private record Packet(Kind kind, byte[] bytes, long arrival) {}

    private enum Kind {
        DATA,
        END,
        RESET
    }

    Pipe(Loop loop, Clock clock, Link link) {
        this.loop = loop;
        this.clock = clock;
        this.gate = new Gate(clock);
        this.link = link;
    }

    void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        int sent = 0;
        while (sent < count) {
            int size = Math.min(count - sent, link.packetSize(PACKET_BYTES_MAX));
            writePacket(link.arriving(Arrays.copyOfRange(bytes, from + sent, from + sent + size)), deadline);
            sent += size;
        }
    }

    private void writePacket(byte[] packet, Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            checkWritable();
            while (unreadBytes >= WINDOW_BYTES) {
                if (!gate.await(senderDeadline(deadline)) && deadline.isOver(clock)) {
                    throw new DeadlineException(link.to() + " did not read in time");
                }
                checkWritable();
            }
            unreadBytes += packet.length;
            add(Kind.DATA, packet);
        } finally {
            gate.unlock();
        }
    }

    private void checkWritable() throws IOException {
        if (senderClosed) {
            throw new IOException("stream to " + link.to() + " is closed");
        }
        if (receiverClosed && senderLearnsAt <= clock.nanoTime()) {
            throw new IOException("connection reset by " + link.to());
        }
    }

    private Deadline senderDeadline(Deadline deadline) {
        return receiverClosed ? deadline.earlier(new Deadline(senderLearnsAt)) : deadline;
    }

    int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            Packet head = awaitPacket(deadline);
            return switch (head.kind) {
                case END -> -1; // stays there for the next read
                case RESET -> throw new IOException("connection reset by " + link.from());
                case DATA -> take(head, into, from, count);
            };
        } finally {
            gate.unlock();
        }
    }

    private Packet awaitPacket(Deadline deadline) throws IOException, InterruptedException {
        while (true) {
            if (receiverClosed) {
                throw new IOException("stream from " + link.from() + " is closed");
            }
            Packet head = packets.peek();
            if (head != null && head.arrival - clock.nanoTime() <= 0) {
                return head;
            }
            if (deadline.isOver(clock)) {
                throw new DeadlineException("nothing to read from " + link.from() + " in time");
            }
            isReaderBlind = head == null || head.arrival == Long.MAX_VALUE;
            gate.await(isReaderBlind ? deadline : deadline.earlier(new Deadline(head.arrival)));
            isReaderBlind = false;
        }
    }

    private int take(Packet head, byte[] into, int from, int count) {
        int taken = Math.min(count, head.bytes.length);
        System.arraycopy(head.bytes, 0, into, from, taken);
        packets.poll();
        if (taken < head.bytes.length) {
            packets.addFirst(
                    new Packet(Kind.DATA, Arrays.copyOfRange(head.bytes, taken, head.bytes.length), head.arrival));
        }
        unreadBytes -= taken;
        gate.signalAll();
        return taken;
    }

    /** The sender ends its direction in order: what was sent arrives, then the end. */
    void closeSender() {
        gate.lock();
        try {
            if (!senderClosed) {
                senderClosed = true;
                add(Kind.END, new byte[0]);
            }
        } finally {
            gate.unlock();
        }
    }

    /** The receiver does not read any more; the sender learns it one delay later. */
    void closeReceiver() {
        gate.lock();
        try {
            if (!receiverClosed) {
                receiverClosed = true;
                senderLearnsAt = link.isBackCut() ? Long.MAX_VALUE : clock.nanoTime() + link.delayNanos();
                packets.clear();
                gate.signalAll();
            }
        } finally {
            gate.unlock();
        }
    }

    /** The sender's process has died: the receiver loses what is under way and gets an error. */
    void reset() {
        gate.lock();
        try {
            senderClosed = true;
            packets.clear();
            lastArrival = clock.nanoTime();
            add(Kind.RESET, new byte[0]);
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    /** The link was mended: what waited sets out now. */
    void mended() {
        gate.lock();
        try {
            ArrayDeque<Packet> waiting = new ArrayDeque<>(packets);
            packets.clear();
            for (Packet packet : waiting) {
                if (packet.arrival == Long.MAX_VALUE) {
                    add(packet.kind, packet.bytes);
                } else {
                    packets.add(packet);
                }
            }
            if (receiverClosed && senderLearnsAt == Long.MAX_VALUE && !link.isBackCut()) {
                senderLearnsAt = clock.nanoTime() + link.delayNanos();
            }
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    private void add(Kind kind, byte[] bytes) {
        long now = clock.nanoTime();
        link.noteSent(kind.name(), bytes);
        lineFreeAt = Math.max(lineFreeAt, now) + link.transferNanos(bytes.length);
        long arrival = Long.MAX_VALUE;
        if (!link.isCut()) {
            arrival = Math.max(lastArrival, lineFreeAt + link.delayNanos() + link.jitterNanos());
            lastArrival = arrival;
        }
        packets.add(new Packet(kind, bytes, arrival));
        wakeReader();
    }

    /** Where nobody waits for an earlier packet, the reader is woken when the first arrives, not now: that would be a turn for nothing. */
    private void wakeReader() {
        long arrival = packets.getFirst().arrival;
        if (!isReaderBlind || arrival == Long.MAX_VALUE) {
            return; // it looks by itself when the first packet arrives, or there is nothing to see
        }
        isReaderBlind = false;
        loop.at(arrival, this::signal);
    }

    private void signal() {
        gate.lock();
        gate.signalAll();
        gate.unlock();
    }
}

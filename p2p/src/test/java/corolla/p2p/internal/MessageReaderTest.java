package corolla.p2p.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.ProtocolException;
import corolla.base.multiformat.Varint;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.Duplex;
import corolla.p2p.testing.Mutations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MessageReaderTest {
    private static final Deadline DEADLINE = new Deadline(0);
    private static final int MAX = 100_000_000;

    private final ByteBudget budget = new ByteBudget(1 << 20);

    /** Bytes in pieces; after the last piece the end, or silence. */
    private static final class Script implements Duplex {
        private final byte[] bytes;
        private final int pieceBytes;
        private final boolean ends;
        private int at;
        private boolean stutters;

        Script(byte[] bytes, int pieceBytes, boolean ends) {
            this.bytes = bytes;
            this.pieceBytes = pieceBytes;
            this.ends = ends;
        }

        Script stuttering() {
            stutters = true;
            return this;
        }

        @Override
        public int read(byte[] into, int from, int count, Deadline deadline) throws IOException {
            if (at == bytes.length) {
                if (ends) {
                    return -1;
                }
                throw new DeadlineException("silence");
            }
            if (stutters && at % 2 == 1 && pieceBytes == 1 && into.length > 0 && !once()) {
                throw new DeadlineException("stutter");
            }
            int taken = Math.min(Math.min(count, pieceBytes), bytes.length - at);
            System.arraycopy(bytes, at, into, from, taken);
            at += taken;
            return taken;
        }

        private int lastStutter = -1;

        private boolean once() {
            boolean again = lastStutter == at;
            lastStutter = at;
            return again;
        }

        @Override
        public void write(byte[] bytes, int from, int count, Deadline deadline) {
            throw new IllegalStateException("nobody writes here");
        }
    }

    private MessageReader reader(Duplex in) {
        return new MessageReader(in, "test", budget);
    }

    private static byte[] delimited(byte[] message) {
        return Mutations.join(Varint.encode(message.length), message);
    }

    private static byte[] marked(int marker, byte[] message) {
        byte[] head = ByteBuffer.allocate(9)
                .put((byte) marker)
                .putLong(message.length)
                .array();
        return Mutations.join(head, message);
    }

    private static byte[] message(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31);
        }
        return bytes;
    }

    @Test
    void messagesOfAllSizesComeWholeHoweverTheyAreCut() throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int[] lengths = {0, 1, 127, 128, 8191, 8192, 8193, 70_000, 300_000};
        for (int length : lengths) {
            all.writeBytes(delimited(message(length)));
        }
        for (int piece : new int[] {1, 7, 4096, 1 << 20}) {
            MessageReader reader = reader(new Script(all.toByteArray(), piece, true));
            for (int length : lengths) {
                assertThat(reader.read(MessageForm.DELIMITED, MAX, DEADLINE)).isEqualTo(message(length));
            }
            assertThat(reader.read(MessageForm.DELIMITED, MAX, DEADLINE)).isNull();
        }
        assertThat(budget.held()).isZero();
    }

    @Test
    void markedMessagesTellTheirMarker() throws Exception {
        byte[] bytes = Mutations.join(marked(0, message(10)), marked(1, message(0)));
        MessageReader reader = reader(new Script(bytes, 3, true));
        assertThat(reader.read(MessageForm.MARKED, MAX, DEADLINE)).isEqualTo(message(10));
        assertThat(reader.marker()).isZero();
        assertThat(reader.read(MessageForm.MARKED, MAX, DEADLINE)).isEmpty();
        assertThat(reader.marker()).isEqualTo((byte) 1);
    }

    @Test
    void readingGoesOnAfterADeadlineAnywhere() throws Exception {
        byte[] bytes = Mutations.join(marked(0, message(50)), marked(0, message(2)));
        MessageReader reader = reader(new Script(bytes, 1, true).stuttering());
        assertThat(patiently(reader)).isEqualTo(message(50));
        assertThat(patiently(reader)).isEqualTo(message(2));
    }

    private static byte[] patiently(MessageReader reader) throws Exception {
        while (true) {
            try {
                byte[] message = reader.read(MessageForm.MARKED, MAX, DEADLINE);
                return message == null ? new byte[0] : message;
            } catch (DeadlineException again) {
                assertThat(again).hasMessage("stutter");
            }
        }
    }

    @Test
    void memoryIsTakenAsBytesArriveNotAsAnnounced() {
        byte[] announced =
                ByteBuffer.allocate(9 + 10).put((byte) 0).putLong(MAX).array();
        MessageReader reader = reader(new Script(announced, 100, false));
        assertThatThrownBy(() -> reader.read(MessageForm.MARKED, MAX, DEADLINE)).isInstanceOf(DeadlineException.class);
        assertThat(budget.held()).isEqualTo(64 << 10);
        reader.close();
        assertThat(budget.held()).isZero();
    }

    @Test
    void allArrivingMessagesTogetherAreLimited() {
        byte[] large = marked(0, message(3 << 20));
        MessageReader reader = reader(new Script(large, 1 << 16, true));
        assertThatThrownBy(() -> reader.read(MessageForm.MARKED, MAX, DEADLINE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("all arriving messages together may hold 1048576");
        assertThat(budget.held()).isZero();
    }

    @Test
    void lengthsAreCheckedFirst() {
        for (long length : new long[] {101, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
            byte[] head = ByteBuffer.allocate(9).put((byte) 0).putLong(length).array();
            assertThatThrownBy(() -> reader(new Script(head, 100, true)).read(MessageForm.MARKED, 100, DEADLINE))
                    .isInstanceOf(ProtocolException.class)
                    .hasMessageContaining(Long.toUnsignedString(length) + " bytes exceeds 100");
        }
        byte[] endless = new byte[20];
        Arrays.fill(endless, (byte) 0x80);
        assertThatThrownBy(() -> reader(new Script(endless, 100, true)).read(MessageForm.DELIMITED, 100, DEADLINE))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("does not end");
    }

    @Test
    void anEndWithinAMessageIsAnError() {
        byte[] whole = delimited(message(300));
        for (int cut : new int[] {1, 2, 3, 200, 301}) {
            assertThatThrownBy(() -> reader(new Script(Arrays.copyOf(whole, cut), 100, true))
                            .read(MessageForm.DELIMITED, MAX, DEADLINE))
                    .isInstanceOf(ProtocolException.class)
                    .hasMessageContaining("ended within a message (test)");
        }
    }

    @Test
    void readerSurvivesDamagedStreams() throws Exception {
        Mutations mutations = new Mutations(51);
        byte[] bytes = Mutations.join(marked(0, message(200)), marked(1, message(20)));
        byte[] delimited = Mutations.join(delimited(message(200)), delimited(message(20)));
        int read = 0;
        for (int i = 0; i < Mutations.count(); i++) {
            MessageForm form = i % 2 == 0 ? MessageForm.MARKED : MessageForm.DELIMITED;
            byte[] damaged = mutations.mutate(form == MessageForm.MARKED ? bytes : delimited);
            MessageReader reader = reader(new Script(damaged, 1 + i % 50, true));
            try {
                while (reader.read(form, 1000, DEADLINE) != null) {
                    read++;
                }
            } catch (ProtocolException expected) {
                assertThat(expected).hasMessageContaining("test");
            }
            assertThat(budget.held()).isZero();
        }
        assertThat(read).isPositive();
    }
}

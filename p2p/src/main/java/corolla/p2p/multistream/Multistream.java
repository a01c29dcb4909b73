package corolla.p2p.multistream;

import corolla.base.ProtocolException;
import corolla.base.time.Deadline;
import corolla.p2p.Duplex;
import corolla.p2p.ProtocolNotSupportedException;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;

/** Both roles of multistream-select over a stream. */
public final class Multistream {
    private static final byte[] NOTHING = {};

    private Multistream() {}

    /**
     * What was agreed.
     *
     * @param rest bytes of the remote that follow the agreement and have been read already
     * @param answer what a responder still has to send before anything else; empty for an initiator
     */
    public record Agreement(String protocol, byte[] rest, byte[] answer) {}

    /** What an initiator sends: header and proposal in one go, before any answer. */
    public static byte[] proposal(String protocol) {
        return MultistreamMessages.encode(MultistreamMessages.HEADER, protocol);
    }

    /** The answer to a {@link #proposal} that was sent. Confined to the stream's reader. */
    public static final class Answer {
        private final TokenReader reader;
        private final String protocol;
        private final String whom;
        private boolean headerSeen;

        /**
         * An answer that is still to come.
         *
         * @param whom the remote, for messages
         */
        public Answer(Duplex stream, String protocol, String whom) {
            this.reader = new TokenReader(stream);
            this.protocol = protocol;
            this.whom = whom;
        }

        /**
         * Waits for the answer. After a {@code DeadlineException} it can be called again.
         *
         * @throws ProtocolNotSupportedException when the answer is {@code na}
         */
        public Agreement read(Deadline deadline) throws IOException, InterruptedException {
            if (!headerSeen) {
                String header = reader.next(deadline);
                headerSeen = true;
                if (!header.equals(MultistreamMessages.HEADER)) {
                    throw new ProtocolException("expected " + MultistreamMessages.HEADER + " from " + whom + ", found '"
                            + MultistreamState.shown(header) + "'");
                }
            }
            String answer = reader.next(deadline);
            if (answer.equals(MultistreamMessages.NOT_AVAILABLE)) {
                throw new ProtocolNotSupportedException(protocol, whom);
            }
            if (!answer.equals(protocol)) {
                throw new ProtocolException("proposed '" + protocol + "' to " + whom + ", which answered '"
                        + MultistreamState.shown(answer) + "'");
            }
            return new Agreement(protocol, reader.rest(), NOTHING);
        }
    }

    /** Proposes one protocol and waits for the answer. */
    public static Agreement propose(Duplex stream, String protocol, String whom, Deadline deadline)
            throws IOException, InterruptedException {
        byte[] proposal = proposal(protocol);
        stream.write(proposal, 0, proposal.length, deadline);
        return new Answer(stream, protocol, whom).read(deadline);
    }

    /**
     * The responder: answers proposals until one is served. The last answer is left to the caller, who may have more to say with it.
     *
     * @param roundsMax proposals that may be refused
     * @throws ProtocolException when the initiator speaks something else, or proposes too much
     */
    public static Agreement select(Duplex stream, Predicate<String> isServed, int roundsMax, Deadline deadline)
            throws IOException, InterruptedException {
        TokenReader reader = new TokenReader(stream);
        MultistreamState state = new MultistreamState(isServed, roundsMax);
        while (true) {
            Optional<String> agreed = state.take(reader.next(deadline));
            if (agreed.isPresent()) {
                return new Agreement(agreed.get(), reader.rest(), MultistreamMessages.encode(state.takeAnswers()));
            }
            if (!reader.hasToken()) { // answers to what came in one burst leave in one burst
                byte[] answers = MultistreamMessages.encode(state.takeAnswers());
                if (answers.length > 0) {
                    stream.write(answers, 0, answers.length, deadline);
                }
            }
        }
    }

    /** Reads whole tokens, and keeps what was read too far. Confined to one thread. */
    private static final class TokenReader {
        /** Holds the longest token with its length, and usually header, proposal and a small request at once. */
        private static final int BUFFER_BYTES = 2048;

        private final Duplex stream;
        private final byte[] buffer = new byte[BUFFER_BYTES];
        private int start;
        private int end;

        TokenReader(Duplex stream) {
            this.stream = stream;
        }

        String next(Deadline deadline) throws IOException, InterruptedException {
            while (true) {
                Optional<MultistreamMessages.Token> token = MultistreamMessages.decode(buffer, start, end);
                if (token.isPresent()) {
                    start += token.get().bytes();
                    return token.get().text();
                }
                read(deadline);
            }
        }

        /** Whether {@link #next} would return at once; bytes that are no token make it fail, but only then. */
        boolean hasToken() {
            try {
                return MultistreamMessages.decode(buffer, start, end).isPresent();
            } catch (ProtocolException e) {
                return false; // data behind a refused proposal: the refusal must leave first
            }
        }

        byte[] rest() {
            return Arrays.copyOfRange(buffer, start, end);
        }

        private void read(Deadline deadline) throws IOException, InterruptedException {
            if (start > 0) {
                System.arraycopy(buffer, start, buffer, 0, end - start);
                end -= start;
                start = 0;
            }
            int count = stream.read(buffer, end, buffer.length - end, deadline);
            if (count < 0) {
                throw new EOFException("stream ended within multistream-select");
            }
            end += count;
        }
    }
}

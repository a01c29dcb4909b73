package corolla.p2p.relay;

import corolla.base.ProtocolException;
import corolla.base.multiformat.Multiaddr;
import corolla.base.protobuf.ProtoReader;
import corolla.base.protobuf.ProtoWriter;
import corolla.p2p.PeerId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The messages of both halves of circuit relay v2: bytes to records and back. */
final class RelayMessages {
    private static final int RESERVE = 0;
    private static final int CONNECT = 1;
    private static final int STATUS = 2;
    private static final int STOP_CONNECT = 0;
    private static final int STOP_STATUS = 1;

    private RelayMessages() {}

    /** Between a relay and whoever wants something of it. */
    sealed interface Hop {
        /** Asks for a slot. */
        record Reserve() implements Hop {}

        /** Asks for a circuit to a peer that has a slot. */
        record Connect(PeerId target) implements Hop {}

        /**
         * The answer.
         *
         * @param reservation of a slot that was granted
         * @param limit of circuits; empty when there is none
         */
        record Answer(int status, Optional<Reservation> reservation, Optional<Limit> limit) implements Hop {
            static Answer of(RelayStatus status) {
                return new Answer(status.code(), Optional.empty(), Optional.empty());
            }
        }
    }

    /** Between a relay and the peer that has a slot. */
    sealed interface Stop {
        /** Somebody wants a circuit to us. */
        record Connect(PeerId source, Optional<Limit> limit) implements Stop {}

        /** The answer. */
        record Answer(int status) implements Stop {}
    }

    /**
     * A slot.
     *
     * @param expireSeconds Unix time
     * @param addresses of the relay, each ending in its {@code /p2p/ID}
     */
    record Reservation(long expireSeconds, List<Multiaddr> addresses) {
        Reservation {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * When a circuit is cut.
     *
     * @param time zero for never
     * @param bytesMax of each direction; 0 for any
     */
    record Limit(Duration time, long bytesMax) {
        private static final long SECONDS_MAX = 0xffff_ffffL;

        boolean hasBytesMax() {
            return bytesMax > 0;
        }
    }

    static byte[] encode(Hop message) {
        // Field 1 is required: it is written even when it is 0.
        return switch (message) {
            case Hop.Reserve _ -> new ProtoWriter().varint(1, RESERVE).toByteArray();
            case Hop.Connect connect ->
                new ProtoWriter()
                        .varint(1, CONNECT)
                        .message(2, peer(connect.target))
                        .toByteArray();
            case Hop.Answer answer -> {
                ProtoWriter writer = new ProtoWriter().varint(1, STATUS);
                answer.reservation.ifPresent(slot -> writer.message(3, reservation(slot)));
                answer.limit.ifPresent(limit -> writer.message(4, limit(limit)));
                yield writer.varint(5, answer.status).toByteArray();
            }
        };
    }

    static byte[] encode(Stop message) {
        return switch (message) {
            case Stop.Connect connect -> {
                ProtoWriter writer = new ProtoWriter().varint(1, STOP_CONNECT).message(2, peer(connect.source));
                connect.limit.ifPresent(limit -> writer.message(3, limit(limit)));
                yield writer.toByteArray();
            }
            case Stop.Answer answer ->
                new ProtoWriter()
                        .varint(1, STOP_STATUS)
                        .varint(4, answer.status)
                        .toByteArray();
        };
    }

    private static ProtoWriter peer(PeerId id) {
        return new ProtoWriter().bytes(1, id.bytes());
    }

    private static ProtoWriter reservation(Reservation slot) {
        ProtoWriter writer = new ProtoWriter().varint(1, slot.expireSeconds);
        slot.addresses.forEach(address -> writer.bytes(2, address.encode()));
        return writer;
    }

    private static ProtoWriter limit(Limit limit) {
        return new ProtoWriter()
                .varint(1, Math.min(limit.time.toSeconds(), Limit.SECONDS_MAX))
                .varint(2, limit.bytesMax);
    }

    /** @param addressesMax so many addresses of a reservation are believed */
    static Hop decodeHop(byte[] bytes, int addressesMax) throws ProtocolException {
        ProtoReader reader = ProtoReader.of(bytes);
        int type = -1;
        int status = 0;
        PeerId peer = null;
        Reservation reservation = null;
        Limit limit = null;
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> type = reader.int32();
                case 2 -> peer = decodePeer(reader.message());
                case 3 -> reservation = decodeReservation(reader.message(), addressesMax);
                case 4 -> limit = decodeLimit(reader.message());
                case 5 -> status = reader.int32();
                default -> reader.skip();
            }
        }
        return switch (type) {
            case RESERVE -> new Hop.Reserve();
            case CONNECT -> new Hop.Connect(required(peer));
            case STATUS -> new Hop.Answer(status, Optional.ofNullable(reservation), Optional.ofNullable(limit));
            default -> throw new ProtocolException("relay request of type " + type + ", expected 0 to 2");
        };
    }

    static Stop decodeStop(byte[] bytes) throws ProtocolException {
        ProtoReader reader = ProtoReader.of(bytes);
        int type = -1;
        int status = 0;
        PeerId peer = null;
        Limit limit = null;
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> type = reader.int32();
                case 2 -> peer = decodePeer(reader.message());
                case 3 -> limit = decodeLimit(reader.message());
                case 4 -> status = reader.int32();
                default -> reader.skip();
            }
        }
        return switch (type) {
            case STOP_CONNECT -> new Stop.Connect(required(peer), Optional.ofNullable(limit));
            case STOP_STATUS -> new Stop.Answer(status);
            default -> throw new ProtocolException("circuit message of type " + type + ", expected 0 or 1");
        };
    }

    private static PeerId required(@Nullable PeerId peer) throws ProtocolException {
        if (peer == null) {
            throw new ProtocolException("relay message does not say which peer");
        }
        return peer;
    }

    private static PeerId decodePeer(ProtoReader reader) throws ProtocolException {
        byte[] id = {};
        while (reader.next() != 0) {
            if (reader.field() == 1) {
                id = reader.bytes();
            } else {
                reader.skip(); // addresses are for relays that dial, which none does
            }
        }
        if (!PeerId.isValid(id)) {
            throw new ProtocolException("relay message names a peer by " + id.length + " bytes that are no peer id");
        }
        return PeerId.of(id);
    }

    private static Reservation decodeReservation(ProtoReader reader, int addressesMax) throws ProtocolException {
        long expire = 0;
        List<Multiaddr> addresses = new ArrayList<>();
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> expire = reader.varint();
                case 2 -> {
                    byte[] address = reader.bytes();
                    if (addresses.size() < addressesMax) {
                        parse(address).ifPresent(addresses::add);
                    }
                }
                default -> reader.skip();
            }
        }
        return new Reservation(expire, addresses);
    }

    /** An address with parts that we do not know is of no use to us, and no fault of the sender. */
    private static Optional<Multiaddr> parse(byte[] bytes) {
        try {
            return Optional.of(Multiaddr.decode(bytes));
        } catch (ProtocolException e) {
            return Optional.empty();
        }
    }

    private static Limit decodeLimit(ProtoReader reader) throws ProtocolException {
        long seconds = 0;
        long bytes = 0;
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> seconds = reader.varint() & Limit.SECONDS_MAX;
                case 2 -> bytes = reader.varint();
                default -> reader.skip();
            }
        }
        return new Limit(Duration.ofSeconds(seconds), bytes);
    }
}

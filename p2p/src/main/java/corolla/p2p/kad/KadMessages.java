package corolla.p2p.kad;

import corolla.base.ProtocolException;
import corolla.base.multiformat.Multiaddr;
import corolla.base.multiformat.Varint;
import corolla.base.protobuf.ProtoReader;
import corolla.base.protobuf.ProtoWriter;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Kademlia messages: bytes to records and back. */
final class KadMessages {
    static final int PUT_VALUE = 0;
    static final int GET_VALUE = 1;
    static final int ADD_PROVIDER = 2;
    static final int GET_PROVIDERS = 3;
    static final int FIND_NODE = 4;
    static final int PING = 5;

    private static final byte[] EMPTY = {};

    private KadMessages() {}

    /**
     * A request or an answer; both have the same form.
     *
     * @param type one of the constants above, or anything else that a peer sent
     * @param key of FIND_NODE: bytes of a peer id
     * @param closer peers nearer to the key
     */
    record Message(int type, byte[] key, List<Peer> closer) {
        static Message findNode(byte[] key) {
            return new Message(FIND_NODE, key, List.of());
        }
    }

    /** A peer and where it can be reached. */
    record Peer(PeerId id, List<Multiaddr> addresses) {
        Peer {
            addresses = List.copyOf(addresses);
        }
    }

    static byte[] encode(Message message) {
        // Field 1 is written even when it is 0, as the reference does.
        ProtoWriter writer = new ProtoWriter().varint(1, message.type).bytesIfSet(2, message.key);
        for (Peer peer : message.closer) {
            writer.message(8, encode(peer));
        }
        return writer.varint(10, 1).toByteArray();
    }

    private static ProtoWriter encode(Peer peer) {
        ProtoWriter writer = new ProtoWriter().bytes(1, peer.id.bytes());
        for (Multiaddr address : peer.addresses) {
            writer.bytes(2, address.encode());
        }
        return writer;
    }

    /** Writes the only request of a stream, and ends our direction. */
    static void writeOnly(Stream stream, Message request, Deadline deadline) throws IOException, InterruptedException {
        byte[] bytes = encode(request);
        stream.writeLast(Varint.encode(bytes.length), bytes, deadline);
    }

    /** Writes a message with its length before it. */
    static void write(Stream stream, Message message, Deadline deadline) throws IOException, InterruptedException {
        byte[] bytes = encode(message);
        stream.write(Varint.encode(bytes.length), bytes, deadline);
    }

    /** Believes at most {@code peersMax} peers of {@code addressesMax} addresses; leaves out those that cannot be understood. */
    static Message decode(byte[] bytes, int peersMax, int addressesMax) throws ProtocolException {
        int type = PUT_VALUE;
        byte[] key = EMPTY;
        List<Peer> closer = new ArrayList<>();
        ProtoReader reader = ProtoReader.of(bytes);
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> type = reader.int32();
                case 2 -> key = reader.bytes();
                case 8 -> {
                    if (closer.size() < peersMax) {
                        decodePeer(reader.message(), addressesMax, closer);
                    } else {
                        reader.skip();
                    }
                }
                default -> reader.skip();
            }
        }
        return new Message(type, key, List.copyOf(closer));
    }

    private static void decodePeer(ProtoReader reader, int addressesMax, List<Peer> into) throws ProtocolException {
        byte[] id = EMPTY;
        List<Multiaddr> addresses = new ArrayList<>();
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> id = reader.bytes();
                case 2 -> {
                    if (addresses.size() < addressesMax) {
                        addAddress(reader.bytes(), addresses);
                    } else {
                        reader.skip();
                    }
                }
                default -> reader.skip();
            }
        }
        if (PeerId.isValid(id)) {
            into.add(new Peer(PeerId.of(id), addresses));
        }
    }

    /** Addresses of transports that we do not know are common: they are left out, the rest is used. */
    private static void addAddress(byte[] bytes, List<Multiaddr> into) {
        try {
            into.add(Multiaddr.decode(bytes));
        } catch (ProtocolException unknown) {
            System.getLogger(KadMessages.class.getName())
                    .log(System.Logger.Level.TRACE, () -> "address left out: " + unknown.getMessage());
        }
    }
}

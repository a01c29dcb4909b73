package corolla.dht.protocol;

import corolla.base.ProtocolException;
import corolla.base.protobuf.ProtoReader;
import corolla.base.protobuf.ProtoWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The answer to a find request: bytes to records and back. */
public final class FindMessages {
    /** Values of a result's type. */
    static final int NOT_FOUND = 0;

    static final int REGULAR = 1;
    static final int DICTIONARY = 2;

    private static final byte[] EMPTY = {};

    private FindMessages() {}

    /**
     * What a node has under a key.
     *
     * @param type {@link #REGULAR} or {@link #DICTIONARY}
     */
    public record FoundValue(int type, byte[] value, double expiration) {}

    /** A node near a key. */
    public record NearNode(byte[] nodeId, byte[] peerId) {}

    /** The answer for one key: what is there, and who may know more, nearest first. */
    public record FindResult(Optional<FoundValue> found, List<NearNode> nearest) {
        public FindResult {
            nearest = List.copyOf(nearest);
        }

        /** Bytes that this takes in the message, roughly, and not less. */
        long bytes() {
            long bytes = 64 + found.map(value -> (long) value.value.length).orElse(0L);
            for (NearNode node : nearest) {
                bytes += node.nodeId.length + node.peerId.length + 8;
            }
            return bytes;
        }
    }

    /** Results in the order of the request's keys. */
    public record FindResponse(List<FindResult> results, byte[] nodeId) {
        public FindResponse {
            results = List.copyOf(results);
        }

        public byte[] encode() {
            ProtoWriter writer = new ProtoWriter();
            results.forEach(result -> writer.message(2, encodeResult(result)));
            return writer.message(3, DhtMessages.nodeInfo(nodeId)).toByteArray();
        }

        /** Reads an answer of at most {@code resultsMax} results, and of each the {@code nodesMax} nearest nodes. */
        public static FindResponse decode(byte[] bytes, int resultsMax, int nodesMax) throws ProtocolException {
            List<FindResult> results = new ArrayList<>();
            byte[] nodeId = EMPTY;
            ProtoReader reader = ProtoReader.of(bytes);
            while (reader.next() != 0) {
                switch (reader.field()) {
                    case 2 -> {
                        if (results.size() >= resultsMax) {
                            throw new ProtocolException("a find response has more than " + resultsMax + " results");
                        }
                        results.add(decodeResult(reader.message(), nodesMax));
                    }
                    case 3 -> nodeId = DhtMessages.decodeNodeInfo(reader.message());
                    default -> reader.skip();
                }
            }
            return new FindResponse(results, nodeId);
        }
    }

    private static ProtoWriter encodeResult(FindResult result) {
        ProtoWriter writer = new ProtoWriter();
        result.found.ifPresent(
                found -> writer.varint(1, found.type).bytesIfSet(2, found.value).float64IfSet(3, found.expiration));
        return writer.repeatedBytes(
                        4, result.nearest.stream().map(NearNode::nodeId).toList())
                .repeatedBytes(5, result.nearest.stream().map(NearNode::peerId).toList());
    }

    private static FindResult decodeResult(ProtoReader reader, int nodesMax) throws ProtocolException {
        int type = NOT_FOUND;
        byte[] value = EMPTY;
        double expiration = 0;
        List<byte[]> nodeIds = new ArrayList<>();
        List<byte[]> peerIds = new ArrayList<>();
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> type = reader.int32();
                case 2 -> value = reader.bytes();
                case 3 -> expiration = reader.float64();
                case 4 -> addUpTo(nodesMax, reader, nodeIds);
                case 5 -> addUpTo(nodesMax, reader, peerIds);
                default -> reader.skip();
            }
        }
        if (nodeIds.size() != peerIds.size()) {
            throw new ProtocolException(
                    "a find result has " + nodeIds.size() + " node ids and " + peerIds.size() + " peer ids");
        }
        List<NearNode> nearest = new ArrayList<>();
        for (int i = 0; i < nodeIds.size(); i++) {
            nearest.add(new NearNode(nodeIds.get(i), peerIds.get(i)));
        }
        return new FindResult(found(type, value, expiration), nearest);
    }

    private static void addUpTo(int max, ProtoReader reader, List<byte[]> to) throws ProtocolException {
        if (to.size() < max) {
            to.add(reader.bytes());
        } else {
            reader.skip();
        }
    }

    private static Optional<FoundValue> found(int type, byte[] value, double expiration) throws ProtocolException {
        return switch (type) {
            case NOT_FOUND -> Optional.empty();
            case REGULAR, DICTIONARY -> Optional.of(new FoundValue(type, value, expiration));
            default -> throw new ProtocolException("a find result has the unknown type " + type);
        };
    }
}

package corolla.dht.protocol;

import corolla.base.ProtocolException;
import corolla.base.protobuf.ProtoReader;
import corolla.base.protobuf.ProtoWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages of the three calls: bytes to records and back. Authorization fields are passed over: without an authorizer
 * nobody fills them. An empty node id is a client's: it is not to be taken into routing tables.
 */
public final class DhtMessages {
    private static final byte[] EMPTY = {};

    private DhtMessages() {}

    /** Asks a node whether it is there, and with {@code validate} whether it can reach the caller. */
    public record PingRequest(byte[] nodeId, boolean validate) {
        public byte[] encode() {
            return new ProtoWriter()
                    .message(2, nodeInfo(nodeId))
                    .boolIfSet(3, validate)
                    .toByteArray();
        }

        public static PingRequest decode(byte[] bytes) throws ProtocolException {
            byte[] nodeId = EMPTY;
            boolean validate = false;
            ProtoReader reader = ProtoReader.of(bytes);
            while (reader.next() != 0) {
                switch (reader.field()) {
                    case 2 -> nodeId = decodeNodeInfo(reader.message());
                    case 3 -> validate = reader.bool();
                    default -> reader.skip();
                }
            }
            return new PingRequest(nodeId, validate);
        }
    }

    /** The answer: who is there, its time, and whether it could call the caller back. */
    public record PingResponse(byte[] nodeId, double dhtTime, boolean available) {
        public byte[] encode() {
            return new ProtoWriter()
                    .message(2, nodeInfo(nodeId))
                    .float64IfSet(4, dhtTime)
                    .boolIfSet(5, available)
                    .toByteArray();
        }

        public static PingResponse decode(byte[] bytes) throws ProtocolException {
            byte[] nodeId = EMPTY;
            double dhtTime = 0;
            boolean available = false;
            ProtoReader reader = ProtoReader.of(bytes);
            while (reader.next() != 0) {
                switch (reader.field()) {
                    case 2 -> nodeId = decodeNodeInfo(reader.message());
                    case 4 -> dhtTime = reader.float64();
                    case 5 -> available = reader.bool();
                    default -> reader.skip();
                }
            }
            return new PingResponse(nodeId, dhtTime, available);
        }
    }

    /** One record to store; subkey {@code c0} for a regular value, empty for a whole dictionary. */
    public record StoreItem(byte[] key, byte[] subkey, byte[] value, double expiration, boolean inCache) {}

    /** Records to store. */
    public record StoreRequest(List<StoreItem> items, byte[] nodeId) {
        public StoreRequest {
            items = List.copyOf(items);
        }

        public byte[] encode() {
            return new ProtoWriter()
                    .repeatedBytes(2, items.stream().map(StoreItem::key).toList())
                    .repeatedBytes(3, items.stream().map(StoreItem::subkey).toList())
                    .repeatedBytes(4, items.stream().map(StoreItem::value).toList())
                    .packedDoubles(
                            5, items.stream().mapToDouble(StoreItem::expiration).toArray())
                    .packedVarints(
                            6,
                            items.stream()
                                    .mapToLong(item -> item.inCache ? 1 : 0)
                                    .toArray())
                    .message(7, nodeInfo(nodeId))
                    .toByteArray();
        }

        /** Reads a request of at most {@code itemsMax} records. */
        public static StoreRequest decode(byte[] bytes, int itemsMax) throws ProtocolException {
            List<byte[]> keys = new ArrayList<>();
            List<byte[]> subkeys = new ArrayList<>();
            List<byte[]> values = new ArrayList<>();
            List<Double> expirations = new ArrayList<>();
            List<Boolean> inCache = new ArrayList<>();
            byte[] nodeId = EMPTY;
            ProtoReader reader = ProtoReader.of(bytes);
            while (reader.next() != 0) {
                switch (reader.field()) {
                    case 2 -> add(reader.bytes(), keys, itemsMax);
                    case 3 -> add(reader.bytes(), subkeys, itemsMax);
                    case 4 -> add(reader.bytes(), values, itemsMax);
                    case 5 -> reader.float64s(expirations::add);
                    case 6 -> reader.varints(value -> inCache.add(value != 0));
                    case 7 -> nodeId = decodeNodeInfo(reader.message());
                    default -> reader.skip();
                }
            }
            int count = keys.size();
            if (subkeys.size() != count
                    || values.size() != count
                    || expirations.size() != count
                    || inCache.size() != count) {
                throw new ProtocolException("a store request has " + count + " keys, " + subkeys.size() + " subkeys, "
                        + values.size() + " values, " + expirations.size() + " expirations and " + inCache.size()
                        + " cache flags");
            }
            List<StoreItem> items = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                items.add(
                        new StoreItem(keys.get(i), subkeys.get(i), values.get(i), expirations.get(i), inCache.get(i)));
            }
            return new StoreRequest(items, nodeId);
        }
    }

    /** For each record of the request whether it was taken. */
    public record StoreResponse(List<Boolean> stored, byte[] nodeId) {
        public StoreResponse {
            stored = List.copyOf(stored);
        }

        public byte[] encode() {
            return new ProtoWriter()
                    .packedVarints(
                            2, stored.stream().mapToLong(ok -> ok ? 1 : 0).toArray())
                    .message(3, nodeInfo(nodeId))
                    .toByteArray();
        }

        public static StoreResponse decode(byte[] bytes) throws ProtocolException {
            List<Boolean> stored = new ArrayList<>();
            byte[] nodeId = EMPTY;
            ProtoReader reader = ProtoReader.of(bytes);
            while (reader.next() != 0) {
                switch (reader.field()) {
                    case 2 -> reader.varints(value -> stored.add(value != 0));
                    case 3 -> nodeId = decodeNodeInfo(reader.message());
                    default -> reader.skip();
                }
            }
            return new StoreResponse(stored, nodeId);
        }
    }

    /** Keys to look for. */
    public record FindRequest(List<byte[]> keys, byte[] nodeId) {
        public FindRequest {
            keys = List.copyOf(keys);
        }

        public byte[] encode() {
            return new ProtoWriter()
                    .repeatedBytes(2, keys)
                    .message(3, nodeInfo(nodeId))
                    .toByteArray();
        }

        /** Reads a request of at most {@code keysMax} keys. */
        public static FindRequest decode(byte[] bytes, int keysMax) throws ProtocolException {
            List<byte[]> keys = new ArrayList<>();
            byte[] nodeId = EMPTY;
            ProtoReader reader = ProtoReader.of(bytes);
            while (reader.next() != 0) {
                switch (reader.field()) {
                    case 2 -> add(reader.bytes(), keys, keysMax);
                    case 3 -> nodeId = decodeNodeInfo(reader.message());
                    default -> reader.skip();
                }
            }
            return new FindRequest(keys, nodeId);
        }
    }

    /** Adds to a list that a peer fills. */
    static void add(byte[] element, List<byte[]> to, int max) throws ProtocolException {
        if (to.size() >= max) {
            throw new ProtocolException("a DHT message has more than " + max + " elements");
        }
        to.add(element);
    }

    static ProtoWriter nodeInfo(byte[] nodeId) {
        return new ProtoWriter().bytesIfSet(1, nodeId);
    }

    static byte[] decodeNodeInfo(ProtoReader reader) throws ProtocolException {
        byte[] nodeId = EMPTY;
        while (reader.next() != 0) {
            if (reader.field() == 1) {
                nodeId = reader.bytes();
            } else {
                reader.skip();
            }
        }
        return nodeId;
    }
}

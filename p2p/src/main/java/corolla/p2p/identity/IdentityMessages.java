package corolla.p2p.identity;

import corolla.base.ProtocolException;
import corolla.base.protobuf.ProtoReader;
import corolla.base.protobuf.ProtoWriter;
import org.jspecify.annotations.Nullable;

/** The key message, public and private alike: {@code {1: type, 2: data}}, both always written, since it is hashed. */
final class IdentityMessages {
    private IdentityMessages() {}

    /**
     * @param data owned by the record
     */
    record Key(KeyType type, byte[] data) {}

    static byte[] encode(KeyType type, byte[] data) {
        return new ProtoWriter().varint(1, type.code()).bytes(2, data).toByteArray();
    }

    static Key decode(byte[] message) throws ProtocolException {
        ProtoReader reader = ProtoReader.of(message);
        long code = 0;
        byte @Nullable [] data = null;
        boolean hasType = false;
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> {
                    code = reader.varint();
                    hasType = true;
                }
                case 2 -> data = reader.bytes();
                default -> reader.skip();
            }
        }
        if (!hasType || data == null) {
            throw new ProtocolException("key message of " + message.length + " bytes lacks its type or its data");
        }
        long found = code;
        KeyType type = KeyType.ofCode(code)
                .orElseThrow(() -> new ProtocolException("key type " + found + " is unknown, expected 0 to 3"));
        return new Key(type, data);
    }
}

package corolla.dht.storage;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How a dictionary travels: MessagePack extension 0x50 around {@code [maxsize, latest expiration, [[subkey, value, expiration]…]]}. */
public final class DictionaryForm {
    private static final byte CODE = 0x50;

    private DictionaryForm() {}

    /** The bytes for a dictionary, entries in its order. */
    public static byte[] encode(StoredValue.Dictionary dictionary) {
        List<Pack> items = new ArrayList<>();
        dictionary
                .entries()
                .forEach((subkey, entry) -> items.add(Pack.list(subkey, entry.value(), entry.expiration())));
        Pack body = Pack.list(Double.POSITIVE_INFINITY, dictionary.expiration(), new Pack.Sequence(items));
        return new Pack.Extension(CODE, body.encode()).encode();
    }

    /**
     * Reads a dictionary; its expiration is computed, not believed.
     *
     * @throws ProtocolException when it is malformed or has more than {@code entriesMax} entries
     */
    public static StoredValue.Dictionary decode(byte[] bytes, int entriesMax) throws ProtocolException {
        if (!(Pack.decode(bytes) instanceof Pack.Extension extension) || extension.code() != CODE) {
            throw new ProtocolException("a dictionary of the DHT is not MessagePack extension 0x50");
        }
        List<Pack> body = Pack.decode(extension.payload()).asList();
        if (body.size() != 3) {
            throw new ProtocolException("a dictionary of the DHT has " + body.size() + " parts instead of 3");
        }
        List<Pack> items = body.get(2).asList();
        if (items.size() > entriesMax) {
            throw new ProtocolException(
                    "a dictionary of the DHT has " + items.size() + " entries, more than " + entriesMax);
        }
        Map<Pack, StoredValue.Regular> entries = new LinkedHashMap<>();
        for (Pack item : items) {
            addEntry(item.asList(), entries);
        }
        return StoredValue.Dictionary.of(entries);
    }

    private static void addEntry(List<Pack> item, Map<Pack, StoredValue.Regular> into) throws ProtocolException {
        if (item.size() != 3) {
            throw new ProtocolException("an entry of a DHT dictionary has " + item.size() + " parts instead of 3");
        }
        double expiration = item.get(2).asDouble();
        if (Double.isNaN(expiration)) {
            throw new ProtocolException("the expiration of a DHT dictionary's entry is not a number");
        }
        StoredValue.Regular entry = new StoredValue.Regular(item.get(1).asBytes(), expiration);
        into.merge(item.get(0), entry, (old, young) -> young.expiration() > old.expiration() ? young : old);
    }
}

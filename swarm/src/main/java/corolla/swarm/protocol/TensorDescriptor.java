package corolla.swarm.protocol;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.swarm.codec.Compression;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What kind of tensor a server takes or gives: extension 0x51 around a map of exactly eight keys, in this order; a stock
 * client raises on a missing or an unknown one. Immutable.
 *
 * @param size sizes; null for a dimension that varies
 * @param dtype {@code float32}, without torch's prefix
 * @param compression how to pack it
 */
public record TensorDescriptor(List<@Nullable Long> size, String dtype, Compression compression) {
    private static final byte CODE = 0x51;
    private static final String TORCH = "torch.";
    private static final int RANK_MAX = 16;
    private static final long STOCK_TOKENS = 2048;

    public TensorDescriptor {
        size = java.util.Collections.unmodifiableList(new ArrayList<>(size));
    }

    /** Hidden states, as stock servers describe them: four entries, the shape is not enforced. */
    public static TensorDescriptor hiddenStates(long hiddenSize, String dtype, Compression compression) {
        var size = new ArrayList<@Nullable Long>();
        size.add(null);
        size.addAll(List.of(1L, STOCK_TOKENS, hiddenSize));
        return new TensorDescriptor(size, dtype, compression);
    }

    /** A tensor of one varying dimension. */
    public static TensorDescriptor list(String dtype) {
        var size = new ArrayList<@Nullable Long>();
        size.add(null);
        return new TensorDescriptor(size, dtype, Compression.NONE);
    }

    Pack write() {
        byte[] map = Pack.map()
                .put("size", Pack.tuple(size.toArray()))
                .put("dtype", TORCH + dtype)
                .put("layout", "torch.strided")
                .put("requires_grad", false)
                .put("pin_memory", false)
                .put("compression", compression.code())
                .put("device_type", null)
                .put("device_index", null)
                .build()
                .encode();
        return new Pack.Extension(CODE, map);
    }

    static TensorDescriptor read(Pack value) throws ProtocolException {
        if (!(value instanceof Pack.Extension extension) || extension.code() != CODE) {
            throw new ProtocolException("a tensor descriptor is not extension 0x51");
        }
        Pack map = Pack.decode(extension.payload());
        String dtype = map.get("dtype").asText();
        if (!dtype.startsWith(TORCH)) {
            throw new ProtocolException("the dtype of a tensor descriptor does not begin with " + TORCH);
        }
        long code = map.get("compression").asLong();
        Compression compression = Compression.ofCode(code)
                .orElseThrow(() -> new ProtocolException("compression " + code + " is not known"));
        return new TensorDescriptor(readSize(map.get("size")), dtype.substring(TORCH.length()), compression);
    }

    private static List<@Nullable Long> readSize(Pack value) throws ProtocolException {
        List<Pack> elements = value.asList();
        if (elements.size() > RANK_MAX) {
            throw new ProtocolException("a tensor descriptor has " + elements.size() + " dimensions");
        }
        var size = new ArrayList<@Nullable Long>(elements.size());
        for (Pack element : elements) {
            size.add(element.isNil() ? null : element.asLong());
        }
        return size;
    }
}

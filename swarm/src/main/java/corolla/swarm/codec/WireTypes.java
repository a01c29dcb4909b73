package corolla.swarm.codec;

import corolla.base.ProtocolException;
import corolla.tensor.DType;
import java.util.LinkedHashMap;
import java.util.Map;

/** The dtypes that travel, by their names there. */
final class WireTypes {
    private static final Map<String, DType> BY_NAME = byName(
            DType.F32,
            DType.F64,
            DType.F16,
            DType.BF16,
            DType.I8,
            DType.I16,
            DType.I32,
            DType.I64,
            DType.U8,
            DType.BOOL);

    private WireTypes() {}

    private static Map<String, DType> byName(DType... types) {
        var map = new LinkedHashMap<String, DType>();
        for (DType type : types) {
            map.put(type.torchName(), type);
        }
        return Map.copyOf(map);
    }

    static DType of(WireTensor tensor) throws ProtocolException {
        DType type = BY_NAME.get(tensor.dtype());
        if (type == null) {
            throw new ProtocolException("a tensor's dtype '" + tensor.dtype() + "' is not known");
        }
        return type;
    }

    /** The types whose values an f32 holds exactly. */
    static boolean isFloating(DType type) {
        return type == DType.F32 || type == DType.F16 || type == DType.BF16;
    }
}

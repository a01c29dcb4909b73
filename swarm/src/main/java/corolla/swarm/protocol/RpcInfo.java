package corolla.swarm.protocol;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.swarm.codec.Compression;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer of {@code rpc_info}. Immutable.
 *
 * @param version the server's software version
 * @param dhtClientMode whether the server's DHT node only asks and never answers
 * @param cacheTokensAvailable free cache in tokens of one block, keys and values both counted
 * @param adapters names of the LoRA adapters that requests may ask for; not written when there are none, as stock servers write none
 * @param schema what the server's blocks take and give; null when no block was asked about
 */
public record RpcInfo(
        String version,
        boolean dhtClientMode,
        long cacheTokensAvailable,
        List<String> adapters,
        @Nullable Schema schema) {
    private static final int ADAPTERS_MAX = 1024;

    public RpcInfo {
        adapters = List.copyOf(adapters);
    }

    /** Of a server without adapters. */
    public RpcInfo(String version, boolean dhtClientMode, long cacheTokensAvailable, @Nullable Schema schema) {
        this(version, dhtClientMode, cacheTokensAvailable, List.of(), schema);
    }

    /**
     * What blocks take and give, as far as a client needs to know.
     *
     * @param hidden hidden states, in and out, of {@code rpc_forward} and {@code rpc_backward}
     * @param inferenceHidden hidden states of {@code rpc_inference}
     */
    public record Schema(TensorDescriptor hidden, TensorDescriptor inferenceHidden) {

        /** The schema of blocks of {@code hiddenSize} that speak {@code dtype}. */
        public static Schema of(long hiddenSize, String dtype, Compression compression) {
            var hidden = TensorDescriptor.hiddenStates(hiddenSize, dtype, compression);
            return new Schema(hidden, hidden);
        }
    }

    public byte[] write() {
        Pack.MapBuilder map = Pack.map()
                .put("version", version)
                .put("dht_client_mode", dhtClientMode)
                .put("cache_tokens_available", cacheTokensAvailable);
        if (!adapters.isEmpty()) {
            map.put(
                    "adapters",
                    new Pack.Tuple(adapters.stream().<Pack>map(Pack.Text::new).toList()));
        }
        if (schema != null) {
            writeSchema(map, schema);
        }
        return map.build().encode();
    }

    private static void writeSchema(Pack.MapBuilder map, Schema schema) {
        Pack hidden = schema.hidden().write();
        Pack prompts = TensorDescriptor.list(schema.hidden().dtype()).write();
        Pack hypoIds = TensorDescriptor.list("int64").write();
        Pack noKeywords = Pack.map().build();
        map.put("forward_schema", Pack.tuple(Pack.tuple(hidden), noKeywords))
                .put("outputs_schema", Pack.tuple(hidden))
                .put("keyword_names", Pack.tuple())
                .put(
                        "inference_schema",
                        Pack.tuple(Pack.tuple(schema.inferenceHidden().write(), prompts, hypoIds), noKeywords));
    }

    public static RpcInfo read(byte[] bytes) throws ProtocolException {
        Pack map = Pack.decode(bytes);
        boolean hasSchema = !map.get("forward_schema").isNil();
        return new RpcInfo(
                map.get("version").asText(),
                map.get("dht_client_mode").asBool(),
                map.get("cache_tokens_available").asLong(),
                adapters(map.get("adapters")),
                hasSchema ? new Schema(first(map, "forward_schema"), first(map, "inference_schema")) : null);
    }

    private static List<String> adapters(Pack value) throws ProtocolException {
        List<Pack> elements = value.isNil() ? List.of() : value.asList();
        if (elements.size() > ADAPTERS_MAX) {
            throw new ProtocolException("an rpc_info answer names " + elements.size() + " adapters");
        }
        var names = new ArrayList<String>();
        for (Pack element : elements) {
            names.add(element.asText());
        }
        return names;
    }

    private static TensorDescriptor first(Pack map, String key) throws ProtocolException {
        return TensorDescriptor.read(element(element(map.get(key), key), key));
    }

    private static Pack element(Pack sequence, String key) throws ProtocolException {
        List<Pack> elements = sequence.asList();
        if (elements.isEmpty()) {
            throw new ProtocolException(key + " of an rpc_info answer is empty");
        }
        return elements.getFirst();
    }
}

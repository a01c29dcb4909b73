package corolla.model.weights;

import corolla.model.family.AttentionConfig;
import corolla.model.family.ModelConfig;
import corolla.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes GGUF files for tests: a Llama checkpoint as its converter would, or any header at all. */
public final class TinyGguf {
    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final List<Entry> entries = new ArrayList<>();

    /** Begins with neither metadata nor tensors. */
    public TinyGguf() {}

    private record Entry(String name, long[] dimensions, int type, byte[] data) {}

    /** Texts, integers (u32), floats (f32), booleans, and lists of texts, integers (i32) or floats. */
    public TinyGguf put(String key, Object value) {
        metadata.put(key, value);
        return this;
    }

    /** Adds an f32 tensor; dimensions outermost first. */
    public TinyGguf tensor(String name, byte[] data, long... dimensions) {
        entries.add(new Entry(name, dimensions, 0, data));
        return this;
    }

    /** The file, version 3, aligned to 32 bytes. */
    public byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(int32(3));
        out.writeBytes(int64(entries.size()));
        out.writeBytes(int64(metadata.size()));
        metadata.forEach((key, value) -> {
            out.writeBytes(text(key));
            out.writeBytes(typed(value));
        });
        long offset = 0;
        for (Entry entry : entries) {
            out.writeBytes(text(entry.name));
            out.writeBytes(int32(entry.dimensions.length));
            for (int i = entry.dimensions.length - 1; i >= 0; i--) {
                out.writeBytes(int64(entry.dimensions[i]));
            }
            out.writeBytes(int32(entry.type));
            out.writeBytes(int64(offset));
            offset += aligned(entry.data.length);
        }
        out.writeBytes(new byte[(int) (aligned(out.size()) - out.size())]);
        for (Entry entry : entries) {
            out.writeBytes(entry.data);
            out.writeBytes(new byte[(int) (aligned(entry.data.length) - entry.data.length)]);
        }
        return out.toByteArray();
    }

    /** Describes a Llama without a vocabulary. */
    public static TinyGguf describe(ModelConfig config) {
        AttentionConfig attention = config.attention();
        return new TinyGguf()
                .put("general.architecture", "llama")
                .put("llama.block_count", config.blockCount())
                .put("llama.context_length", config.positionsMax())
                .put("llama.embedding_length", config.hiddenSize())
                .put("llama.feed_forward_length", config.block(0).feedForward().innerSize())
                .put("llama.attention.head_count", attention.heads())
                .put("llama.attention.head_count_kv", attention.keyValueHeads())
                .put(
                        "llama.attention.layer_norm_rms_epsilon",
                        config.block(0).norm().epsilon())
                .put("llama.rope.freq_base", (float) attention.rope().theta())
                .put("llama.rope.dimension_count", attention.rope().dimensions())
                .put("llama.vocab_size", config.vocabularySize());
    }

    /** Writes a whole checkpoint as one file, queries and keys in the converter's order. */
    public static void convert(Checkpoint checkpoint, Path file) throws IOException {
        TinyGguf gguf = describe(checkpoint.config());
        List<String> names =
                new ArrayList<>(GgufArchitecture.ofFamily(checkpoint.config().modelType())
                        .tensorNames(checkpoint.config().blockCount())
                        .keySet());
        for (String name : names) {
            addConverted(checkpoint, gguf, name);
        }
        Files.write(file, gguf.bytes());
    }

    /** Writes a checkpoint as two files, blocks in the second. */
    public static void convertSplit(Checkpoint checkpoint, Path first, Path second) throws IOException {
        TinyGguf head = describe(checkpoint.config()).put("split.no", 0).put("split.count", 2);
        TinyGguf rest = new TinyGguf().put("split.no", 1).put("split.count", 2);
        for (String name : GgufArchitecture.ofFamily(checkpoint.config().modelType())
                .tensorNames(checkpoint.config().blockCount())
                .keySet()) {
            addConverted(checkpoint, name.startsWith("layers.") ? rest : head, name);
        }
        Files.write(first, head.bytes());
        Files.write(second, rest.bytes());
    }

    static void addConverted(Checkpoint checkpoint, TinyGguf gguf, String name) throws IOException {
        if (checkpoint.find(name).isEmpty()) {
            return;
        }
        String theirs = GgufArchitecture.ofFamily(checkpoint.config().modelType())
                .tensorNames(checkpoint.config().blockCount())
                .get(name);
        AttentionConfig attention = checkpoint.config().attention();
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = checkpoint.read(name, arena);
            byte[] data = tensor.data().toArray(ValueLayout.JAVA_BYTE);
            if (name.endsWith("q_proj.weight")) {
                data = inPairs(data, tensor, attention.heads());
            } else if (name.endsWith("k_proj.weight")) {
                data = inPairs(data, tensor, attention.keyValueHeads());
            }
            gguf.tensor(String.valueOf(theirs), data, tensor.shape().toArray());
        }
    }

    private static byte[] inPairs(byte[] halves, Tensor tensor, int heads) {
        int rowBytes = Math.toIntExact(tensor.rowBytes());
        int headRows = Math.toIntExact(tensor.rows() / heads);
        byte[] pairs = new byte[halves.length];
        for (int row = 0; row < tensor.rows(); row++) {
            int within = row % headRows;
            int to = row - within + 2 * (within % (headRows / 2)) + within / (headRows / 2);
            System.arraycopy(halves, row * rowBytes, pairs, to * rowBytes, rowBytes);
        }
        return pairs;
    }

    private static byte[] typed(Object value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        switch (value) {
            case String text -> {
                out.writeBytes(int32(8));
                out.writeBytes(text(text));
            }
            case Integer number -> {
                out.writeBytes(int32(4));
                out.writeBytes(int32(number));
            }
            case Float number -> {
                out.writeBytes(int32(6));
                out.writeBytes(int32(Float.floatToIntBits(number)));
            }
            case Boolean flag -> {
                out.writeBytes(int32(7));
                out.write(flag ? 1 : 0);
            }
            case List<?> list -> {
                out.writeBytes(int32(9));
                byte[] first = typed(list.getFirst());
                boolean integers = list.getFirst() instanceof Integer;
                out.writeBytes(integers ? int32(5) : Arrays.copyOf(first, 4));
                out.writeBytes(int64(list.size()));
                for (Object element : list) {
                    byte[] bytes = typed(element);
                    out.write(bytes, 4, bytes.length - 4);
                }
            }
            default -> throw new IllegalArgumentException("no GGUF type for " + value);
        }
        return out.toByteArray();
    }

    private static byte[] text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + bytes.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(bytes.length)
                .put(bytes)
                .array();
    }

    private static byte[] int32(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    private static byte[] int64(long value) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }

    private static long aligned(long size) {
        return (size + 31) / 32 * 32;
    }
}

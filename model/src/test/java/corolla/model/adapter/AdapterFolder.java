package corolla.model.adapter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/** Writes the folder of an adapter as PEFT would: right until something is changed. */
public final class AdapterFolder {
    private final Map<String, String> config = new LinkedHashMap<>(); // JSON by key
    private final Map<String, Stored> tensors = new LinkedHashMap<>();

    private record Stored(String dtype, long[] shape, float[] values) {}

    /** Without tensors. */
    public AdapterFolder(int rank, double alpha, String... targets) {
        config.put("peft_type", "\"LORA\"");
        config.put("r", Integer.toString(rank));
        config.put("lora_alpha", Double.toString(alpha));
        config.put("bias", "\"none\"");
        config.put(
                "target_modules",
                Arrays.stream(targets).map(name -> '"' + name + '"').collect(Collectors.joining(",", "[", "]")));
    }

    /** Sets a key to some JSON, or takes it away with null's word left out. */
    public AdapterFolder config(String key, String json) {
        config.put(key, json);
        return this;
    }

    public AdapterFolder without(String key) {
        config.remove(key);
        return this;
    }

    /** A and B of a module, normally distributed. */
    public AdapterFolder module(String name, int rank, int inputs, int outputs) {
        Random random = new Random(name.hashCode() + rank);
        double deviation = 1 / Math.sqrt(inputs);
        return tensor(name + ".lora_A.weight", normal(random, rank * inputs, deviation), rank, inputs)
                .tensor(name + ".lora_B.weight", normal(random, outputs * rank, 0.3), outputs, rank);
    }

    /** A module whose B is zero, as training starts. */
    public AdapterFolder untrained(String name, int rank, int inputs, int outputs) {
        return module(name, rank, inputs, outputs)
                .tensor(name + ".lora_B.weight", new float[outputs * rank], outputs, rank);
    }

    /** Puts an f32 tensor, or overwrites it; {@code base_model.model.} comes before the name. */
    public AdapterFolder tensor(String name, float[] values, long... shape) {
        tensors.put("base_model.model." + name, new Stored("F32", shape, values));
        return this;
    }

    /** Puts a tensor of integers. */
    public AdapterFolder integers(String name, long... shape) {
        int count = Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b));
        tensors.put("base_model.model." + name, new Stored("I32", shape, new float[count]));
        return this;
    }

    public AdapterFolder withoutTensor(String name) {
        tensors.remove("base_model.model." + name);
        return this;
    }

    /** Writes both files and returns the folder. */
    public Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        String json = config.entrySet().stream()
                .map(entry -> '"' + entry.getKey() + "\":" + entry.getValue())
                .collect(Collectors.joining(",", "{", "}"));
        Files.writeString(folder.resolve("adapter_config.json"), json);
        Files.write(folder.resolve("adapter_model.safetensors"), safetensors());
        return folder;
    }

    private byte[] safetensors() {
        int bytes = tensors.values().stream()
                .mapToInt(tensor -> 4 * tensor.values.length)
                .sum();
        ByteBuffer data = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        String header = tensors.entrySet().stream()
                .map(entry -> {
                    int start = data.position();
                    for (float value : entry.getValue().values) {
                        data.putFloat(value);
                    }
                    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                            .formatted(
                                    entry.getKey(),
                                    entry.getValue().dtype,
                                    Arrays.toString(entry.getValue().shape),
                                    start,
                                    data.position());
                })
                .collect(Collectors.joining(",", "{", "}"));
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data.array())
                .array();
    }

    private static float[] normal(Random random, int count, double deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return values;
    }
}

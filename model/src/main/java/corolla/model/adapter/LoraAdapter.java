package corolla.model.adapter;

import corolla.model.family.CheckpointException;
import corolla.model.weights.SafetensorsFile;
import corolla.model.weights.TensorInfo;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import corolla.tensor.quant.NonFinite;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A PEFT LoRA adapter in a folder, opened: configuration and names are checked, tensors are mapped when they are read.
 * Thread-safe. Holds its file open until it is closed; tensors outlive it, as they belong to the arena they were read into.
 */
public final class LoraAdapter implements AutoCloseable {
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PICKLE = "adapter_model.bin";
    private static final long CONFIG_BYTES_MAX = 4 << 20;
    private static final String BEFORE = "base_model.model.";
    private static final Pattern NAME = Pattern.compile("base_model\\.model\\.(.{1,500})\\.lora_([AB])\\.weight");

    private final Path folder;
    private final LoraConfig config;
    private final SafetensorsFile file;
    private final Map<String, LoraModule> modules; // by name, sorted

    private LoraAdapter(Path folder, LoraConfig config, SafetensorsFile file, Map<String, LoraModule> modules) {
        this.folder = folder;
        this.config = config;
        this.file = file;
        this.modules = Collections.unmodifiableMap(modules);
    }

    /**
     * Opens a folder with {@code adapter_config.json} and {@code adapter_model.safetensors}.
     *
     * @throws CheckpointException when a file is missing or broken, or the adapter is of a kind that is not supported
     */
    @SuppressWarnings("MustBeClosedChecker") // the adapter owns the file
    public static LoraAdapter open(Path folder) throws IOException {
        LoraConfig config = readConfig(folder.resolve(CONFIG));
        Path weights = folder.resolve(WEIGHTS);
        if (!Files.isRegularFile(weights)) {
            throw new CheckpointException(
                    Files.exists(folder.resolve(PICKLE))
                            ? folder + ": " + PICKLE + " is a pickle, which may run code and is never read; save the"
                                    + " adapter as " + WEIGHTS + " (PEFT: safe_serialization=True)"
                            : folder + ": " + WEIGHTS + " is missing");
        }
        SafetensorsFile file = SafetensorsFile.open(weights);
        try {
            return new LoraAdapter(folder, config, file, modules(file, config));
        } catch (IllegalArgumentException refused) {
            file.close();
            throw new CheckpointException(weights + ": " + refused.getMessage(), refused);
        } catch (RuntimeException | Error failed) {
            file.close();
            throw failed;
        }
    }

    private static LoraConfig readConfig(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(file + " is missing: not the folder of a PEFT adapter");
        }
        if (Files.size(file) > CONFIG_BYTES_MAX) {
            throw new CheckpointException(
                    file + " has " + Files.size(file) + " bytes, allowed are " + CONFIG_BYTES_MAX);
        }
        try {
            return LoraConfigReader.read(Files.readAllBytes(file));
        } catch (IllegalArgumentException refused) {
            throw new CheckpointException(file + ": " + refused.getMessage(), refused);
        }
    }

    /** Where it was opened. */
    public Path folder() {
        return folder;
    }

    public LoraConfig config() {
        return config;
    }

    /** The linear layers that it changes, by name. */
    public Map<String, LoraModule> modules() {
        return modules;
    }

    /**
     * A of a module in f32, (rank, inputs).
     *
     * @param arena owns the mapping or the copy
     * @throws CheckpointException when it holds NaN or infinite numbers
     */
    public Tensor a(LoraModule module, Arena arena) throws IOException {
        return floats(module, "A", arena);
    }

    /** B of a module in f32, (outputs, rank), not scaled; otherwise as {@link #a}. */
    public Tensor b(LoraModule module, Arena arena) throws IOException {
        return floats(module, "B", arena);
    }

    private Tensor floats(LoraModule module, String part, Arena arena) throws IOException {
        String name = tensorName(module.name(), part);
        Tensor tensor = file.read(name, arena);
        OptionalLong broken = NonFinite.find(tensor);
        if (broken.isPresent()) {
            throw new CheckpointException(folder + ": tensor " + name + " has a NaN or infinite number at index "
                    + broken.getAsLong() + ": the adapter is broken");
        }
        return tensor.dtype() == DType.F32 ? tensor : Elements.convert(arena, tensor, DType.F32);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    @Override
    public String toString() {
        return "LoRA adapter " + folder + " of rank " + config.rank() + " for " + modules.size() + " modules";
    }

    private static Map<String, LoraModule> modules(SafetensorsFile file, LoraConfig config) {
        TreeSet<String> names = new TreeSet<>();
        for (String tensor : file.names()) {
            Matcher matcher = NAME.matcher(tensor);
            if (!matcher.matches()) {
                throw new IllegalArgumentException(strange(tensor));
            }
            names.add(matcher.group(1));
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException("it has no tensors");
        }
        Map<String, LoraModule> modules = new TreeMap<>();
        for (String name : names) {
            if (!config.targets().include(name)) {
                throw new IllegalArgumentException(
                        "it has tensors of module " + name + ", which target_modules of " + CONFIG + " leaves out");
            }
            modules.put(name, module(file, config, name));
        }
        return modules;
    }

    private static String strange(String tensor) {
        String why = "expected are names like " + BEFORE + "model.layers.3.self_attn.q_proj.lora_A.weight";
        if (tensor.contains("lora_magnitude_vector")) {
            why = "DoRA is not supported";
        } else if (tensor.contains("lora_embedding_")) {
            why = "adapters of embeddings are not supported, only those of linear layers";
        } else if (tensor.endsWith(".bias")) {
            why = "biases in adapters are not supported";
        }
        return "tensor " + tensor + ": " + why;
    }

    private static LoraModule module(SafetensorsFile file, LoraConfig config, String name) {
        TensorInfo a = matrix(file, name, "A");
        TensorInfo b = matrix(file, name, "B");
        int rank = config.rank(name);
        if (a.shape().size(0) != rank || b.shape().size(1) != rank) {
            throw new IllegalArgumentException("module " + name + " has lora_A " + a.shape() + " and lora_B "
                    + b.shape() + ", its rank in " + CONFIG + " is " + rank);
        }
        return new LoraModule(name, a.shape().size(1), b.shape().size(0), rank, config.scale(name));
    }

    private static TensorInfo matrix(SafetensorsFile file, String module, String part) {
        String name = tensorName(module, part);
        TensorInfo info =
                file.find(name).orElseThrow(() -> new IllegalArgumentException("tensor " + name + " is missing"));
        if (info.shape().rank() != 2) {
            throw new IllegalArgumentException(
                    "tensor " + name + " has shape " + info.shape() + ": only linear layers are supported");
        }
        switch (info.dtype()) {
            case F32, F16, BF16 -> {}
            default ->
                throw new IllegalArgumentException(
                        "tensor " + name + " is " + info.dtype() + ", supported are F32, F16, BF16");
        }
        return info;
    }

    private static String tensorName(String module, String part) {
        return BEFORE + module + ".lora_" + part + ".weight";
    }
}

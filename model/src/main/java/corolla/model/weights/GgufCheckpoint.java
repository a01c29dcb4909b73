package corolla.model.weights;

import corolla.model.family.CheckpointException;
import corolla.model.family.ModelConfig;
import corolla.model.gguf.GgufFile;
import corolla.model.gguf.GgufTensor;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A GGUF file, or all files of a split one. Tensors have Hugging Face names and row order, whatever the converter did. */
final class GgufCheckpoint implements Checkpoint {
    /** ggml's numbers of data types. */
    private static final Map<Integer, DType> TYPES = Map.ofEntries(
            Map.entry(0, DType.F32),
            Map.entry(1, DType.F16),
            Map.entry(2, DType.Q4_0),
            Map.entry(3, DType.Q4_1),
            Map.entry(8, DType.Q8_0),
            Map.entry(12, DType.Q4_K),
            Map.entry(13, DType.Q5_K),
            Map.entry(14, DType.Q6_K),
            Map.entry(28, DType.F64),
            Map.entry(30, DType.BF16),
            Map.entry(39, DType.MXFP4));

    private final Path path; // of the first file
    private final GgufArchitecture architecture;
    private final ModelConfig config;
    private final Map<String, Place> places; // by our names

    /** A tensor and the file that holds it. */
    private record Place(GgufFile file, GgufTensor tensor) {}

    private GgufCheckpoint(Path path, GgufArchitecture architecture, ModelConfig config, Map<String, Place> places) {
        this.path = path;
        this.architecture = architecture;
        this.config = config;
        this.places = places;
    }

    static GgufCheckpoint open(Path path) throws IOException {
        List<GgufFile> files = GgufSplit.open(path);
        try {
            return open(files);
        } catch (CheckpointException broken) {
            throw withPath(path, broken);
        }
    }

    private static CheckpointException withPath(Path path, CheckpointException broken) {
        String message = String.valueOf(broken.getMessage());
        return message.startsWith(path.toString()) ? broken : new CheckpointException(path + ": " + message, broken);
    }

    private static GgufCheckpoint open(List<GgufFile> files) throws IOException {
        GgufFile first = files.getFirst();
        GgufArchitecture architecture = GgufArchitecture.of(first);
        Map<String, Place> stored = new LinkedHashMap<>();
        for (GgufFile file : files) {
            checkPlaces(file);
            for (GgufTensor tensor : file.tensors().values()) {
                if (stored.put(tensor.name(), new Place(file, tensor)) != null) {
                    throw new CheckpointException(
                            file.path() + ": tensor " + tensor.name() + " is in another part, too");
                }
            }
        }
        Place embeddings = stored.get("token_embd.weight");
        Optional<TensorInfo> table =
                embeddings == null ? Optional.empty() : Optional.of(info("token_embd.weight", embeddings.tensor));
        GgufMetadata metadata = new GgufMetadata(first, architecture.name(), stored.keySet());
        ModelConfig config = new GgufConfig(metadata, architecture).read(table, ropeDivisors(stored));
        Map<String, Place> places = new LinkedHashMap<>();
        architecture.tensorNames(config.blockCount()).forEach((ours, theirs) -> {
            Place place = stored.get(theirs);
            if (place != null) {
                places.put(ours, place);
            }
        });
        return new GgufCheckpoint(first.path(), architecture, config, places);
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(places.keySet());
    }

    @Override
    public Optional<TensorInfo> find(String name) throws IOException {
        Place place = places.get(name);
        return place == null ? Optional.empty() : Optional.of(info(name, place.tensor));
    }

    @Override
    public Tensor read(String name, Arena arena) throws IOException {
        Place place = places.get(name);
        if (place == null) {
            throw new CheckpointException(path() + ": tensor " + name + " is missing");
        }
        Tensor tensor = map(place, info(name, place.tensor), arena);
        if (!architecture.rotatedInPairs()) {
            return tensor;
        }
        if (name.contains(".q_proj.")) {
            return inHalves(tensor, config.attention().heads(), arena);
        }
        return name.contains(".k_proj.") ? inHalves(tensor, config.attention().keyValueHeads(), arena) : tensor;
    }

    @Override
    public void close() {
        // Files are open only while they are read or mapped.
    }

    /**
     * Llama's converter puts row {@code i} and row {@code i + headSize / 2} of a head side by side; this puts them back. Whole
     * rows move, so quantised ones stay as they are.
     */
    private Tensor inHalves(Tensor pairs, int heads, Arena arena) throws CheckpointException {
        if (pairs.shape().rank() == 1) {
            long size = pairs.elements();
            return inHalves(pairs.reshape(size, 1), heads, arena).reshape(size);
        }
        long rows = pairs.rows();
        if (rows % (2L * heads) != 0) {
            throw new CheckpointException(path() + ": a projection of " + rows + " rows for " + heads + " heads");
        }
        Tensor halves = Tensor.allocate(arena, pairs.dtype(), pairs.shape().toArray());
        long bytes = pairs.rowBytes();
        long headSize = rows / heads;
        for (long row = 0; row < rows; row++) {
            long head = row / headSize;
            long half = row % headSize / (headSize / 2);
            long pair = row % (headSize / 2);
            long from = head * headSize + 2 * pair + half;
            MemorySegment.copy(pairs.data(), from * bytes, halves.data(), row * bytes, bytes);
        }
        return halves;
    }

    private static List<Float> ropeDivisors(Map<String, Place> stored) throws IOException {
        Place place = stored.get("rope_freqs.weight");
        if (place == null) {
            return List.of();
        }
        TensorInfo info = info("rope_freqs.weight", place.tensor);
        if (info.dtype() != DType.F32) {
            throw new CheckpointException(place.file.path() + ": rope_freqs.weight is " + info.dtype() + ", not F32");
        }
        List<Float> divisors = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            for (float divisor : map(place, info, arena).toFloats()) {
                divisors.add(divisor);
            }
        }
        return divisors;
    }

    private static Tensor map(Place place, TensorInfo info, Arena arena) throws IOException {
        long bytes = info.dtype().bytes(info.shape().elements());
        return new Tensor(place.file.map(place.tensor, bytes, arena), info.dtype(), info.shape());
    }

    private static TensorInfo info(String name, GgufTensor tensor) throws CheckpointException {
        List<Long> outermostFirst = tensor.dimensions().reversed();
        long[] dimensions = outermostFirst.stream().mapToLong(Long::longValue).toArray();
        DType dtype = type(tensor);
        Shape shape = Shape.of(dimensions);
        if (shape.columns() % dtype.elementsPerGroup() != 0) {
            throw new CheckpointException("GGUF tensor " + tensor.name() + " has rows of " + shape.columns()
                    + " elements, not a multiple of " + dtype.elementsPerGroup() + " as " + dtype + " needs");
        }
        return new TensorInfo(name, dtype, shape);
    }

    private static DType type(GgufTensor tensor) throws CheckpointException {
        DType dtype = TYPES.get(tensor.type());
        if (dtype == null) {
            throw new CheckpointException("GGUF tensor " + tensor.name() + " has ggml type " + tensor.type()
                    + ", known are " + TYPES.values().stream().sorted().toList());
        }
        return dtype;
    }

    /** Tensors must lie one after another, and all of them in the file. */
    private static void checkPlaces(GgufFile file) throws IOException {
        List<GgufTensor> inOrder = new ArrayList<>(file.tensors().values());
        inOrder.sort(Comparator.comparingLong(GgufTensor::offset));
        long end = file.dataStart();
        String before = "";
        for (GgufTensor tensor : inOrder) {
            if (tensor.offset() < end) {
                throw new CheckpointException(
                        file.path() + ": tensors " + before + " and " + tensor.name() + " overlap");
            }
            TensorInfo info = info(tensor.name(), tensor);
            end = Math.addExact(tensor.offset(), info.dtype().bytes(info.shape().elements()));
            before = tensor.name();
        }
        if (end > file.size()) {
            throw new CheckpointException(file.path() + ": its tensors end at byte " + end + ", the file has "
                    + file.size() + ": it is cut, fetch it again");
        }
    }
}

package corolla.model.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import corolla.model.family.CheckpointException;
import corolla.model.family.ConfigJson;
import corolla.model.family.Families;
import corolla.model.family.Family;
import corolla.model.family.ModelConfig;
import corolla.model.safetensors.PieceFolder;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A folder with {@code config.json} and either {@code model.safetensors} or several files with an index. Files are opened
 * when one of their tensors is asked for, so that those of other blocks need not be there.
 */
final class SafetensorsCheckpoint implements Checkpoint {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final long JSON_BYTES_MAX = 64 << 20; // an index of 100,000 tensors has about 10 MB

    private static final Pattern FILE_NAME = Pattern.compile("\\w[\\w.+-]{0,200}\\.safetensors");

    private final Path folder;
    private final ModelConfig config;
    private final Map<String, String> fileOfTensor; // by names as stored
    private final Map<String, SafetensorsFile> open = new LinkedHashMap<>(); // guarded by this
    private final Family family;

    private SafetensorsCheckpoint(Path folder, ModelConfig config, Map<String, String> fileOfTensor)
            throws CheckpointException {
        this.folder = folder;
        this.config = config;
        this.fileOfTensor = fileOfTensor;
        this.family = Families.of(config.modelType());
    }

    static SafetensorsCheckpoint open(Path folder) throws IOException {
        ModelConfig config = config(folder);
        if (Files.exists(folder.resolve(INDEX))) {
            return new SafetensorsCheckpoint(folder, config, index(folder.resolve(INDEX)));
        }
        SafetensorsFile single = SafetensorsFile.open(folder.resolve(SINGLE));
        Map<String, String> names = new LinkedHashMap<>();
        single.names().forEach(name -> names.put(name, SINGLE));
        SafetensorsCheckpoint checkpoint = new SafetensorsCheckpoint(folder, config, names);
        synchronized (checkpoint) {
            checkpoint.open.put(SINGLE, single);
        }
        return checkpoint;
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public Path path() {
        return folder;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(fileOfTensor.keySet());
    }

    @Override
    public Optional<TensorInfo> find(String name) throws IOException {
        String stored = stored(name);
        return stored == null ? Optional.empty() : file(stored).find(stored);
    }

    @Override
    public Tensor read(String name, Arena arena) throws IOException {
        String stored = stored(name);
        if (stored == null) {
            throw new CheckpointException(folder + ": tensor " + name + " is missing (also with a prefix of "
                    + family.prefixes() + "); tensors there are "
                    + fileOfTensor.keySet().stream().limit(5).toList()
                    + " and others");
        }
        return file(stored).read(stored, arena);
    }

    @Override
    public synchronized void close() throws IOException {
        for (SafetensorsFile file : open.values()) {
            file.close();
        }
        open.clear();
    }

    /** The name under which a tensor is stored, with one of the family's prefixes or another export's name; null when it is not there. */
    private @Nullable String stored(String name) {
        return family.storedNames(name).stream()
                .filter(fileOfTensor::containsKey)
                .findFirst()
                .orElse(null);
    }

    private synchronized SafetensorsFile file(String stored) throws IOException {
        String name = fileOfTensor.get(stored);
        SafetensorsFile file = name == null ? null : open.get(name);
        if (file == null) {
            Path path = folder.resolve(String.valueOf(name));
            if (!Files.exists(path) && !PieceFolder.of(path).exists()) {
                throw new CheckpointException(path + " is missing, it should hold the tensor " + stored);
            }
            file = SafetensorsFile.open(path);
            open.put(String.valueOf(name), file);
        }
        return file;
    }

    private static ModelConfig config(Path folder) throws IOException {
        Path file = folder.resolve("config.json");
        Path generation = folder.resolve("generation_config.json");
        try {
            return Families.read(
                    ConfigJson.parse(readJson(file), Files.exists(generation) ? readJson(generation) : null));
        } catch (CheckpointException broken) {
            throw new CheckpointException(file + ": " + broken.getMessage(), broken);
        }
    }

    private static Map<String, String> index(Path file) throws IOException {
        JsonNode map;
        try {
            map = new ObjectMapper()
                    .readTree(new String(readJson(file), StandardCharsets.UTF_8))
                    .path("weight_map");
        } catch (JsonProcessingException broken) {
            throw new CheckpointException(file + " is not JSON: " + broken.getOriginalMessage(), broken);
        }
        Map<String, String> names = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            String name = entry.getValue().asText();
            if (!FILE_NAME.matcher(name).matches()) {
                throw new CheckpointException(file + ": tensor " + entry.getKey() + " is said to be in \"" + name
                        + "\", not the name of a safetensors file in the same folder");
            }
            names.put(entry.getKey(), name);
        }
        if (names.isEmpty()) {
            throw new CheckpointException(file + ": no weight_map, or an empty one");
        }
        return names;
    }

    private static byte[] readJson(Path file) throws IOException {
        if (Files.size(file) > JSON_BYTES_MAX) {
            throw new CheckpointException(file + " has " + Files.size(file) + " bytes, allowed are " + JSON_BYTES_MAX);
        }
        return Files.readAllBytes(file);
    }
}

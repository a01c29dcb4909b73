package corolla.bench.blocks;

import corolla.tensor.DType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What to measure.
 *
 * @param threads compute threads
 * @param time how long each figure is measured
 * @param shapes names of {@link BlockShape}s
 * @param types of weights
 * @param json where to write the figures
 * @param python the stock peer's, absent to leave PyTorch out
 * @param script PyTorch's side
 */
record BlocksOptions(
        int threads,
        Duration time,
        List<String> shapes,
        List<DType> types,
        Optional<Path> json,
        Optional<Path> python,
        Path script) {
    private static final List<DType> ALL = List.of(
            DType.F32,
            DType.BF16,
            DType.F16,
            DType.INT8,
            DType.Q8_0,
            DType.Q6_K,
            DType.Q5_K,
            DType.Q4_K,
            DType.Q4_1,
            DType.Q4_0,
            DType.MXFP4,
            DType.NF4);

    BlocksOptions {
        shapes = List.copyOf(shapes);
        types = List.copyOf(types);
    }

    /**
     * Reads {@code --threads N --millis N --shapes A,B --types A,B --json FILE --python FILE --script FILE}.
     *
     * @throws IllegalArgumentException naming what is not understood
     */
    static BlocksOptions parse(List<String> args) {
        BlocksOptions options = new BlocksOptions(
                Runtime.getRuntime().availableProcessors(),
                Duration.ofMillis(300),
                BlockShape.ALL.stream().map(BlockShape::name).toList(),
                ALL,
                Optional.empty(),
                Optional.empty(),
                Path.of("bench", "torch_block.py"));
        if (args.size() % 2 != 0) {
            throw new IllegalArgumentException(args.getLast() + " has no value");
        }
        for (int i = 0; i < args.size(); i += 2) {
            options = options.with(args.get(i), args.get(i + 1));
        }
        return options;
    }

    private BlocksOptions with(String name, String value) {
        return switch (name) {
            case "--threads" -> new BlocksOptions(Integer.parseInt(value), time, shapes, types, json, python, script);
            case "--millis" ->
                new BlocksOptions(
                        threads, Duration.ofMillis(Long.parseLong(value)), shapes, types, json, python, script);
            case "--shapes" ->
                new BlocksOptions(threads, time, List.of(value.split(",", -1)), types, json, python, script);
            case "--types" ->
                new BlocksOptions(
                        threads,
                        time,
                        shapes,
                        Arrays.stream(value.split(",", -1)).map(DType::valueOf).toList(),
                        json,
                        python,
                        script);
            case "--json" ->
                new BlocksOptions(threads, time, shapes, types, Optional.of(Path.of(value)), python, script);
            case "--python" ->
                new BlocksOptions(threads, time, shapes, types, json, Optional.of(Path.of(value)), script);
            case "--script" -> new BlocksOptions(threads, time, shapes, types, json, python, Path.of(value));
            default -> throw new IllegalArgumentException("unknown option " + name);
        };
    }
}

package corolla.bench.blocks;

import corolla.tensor.DType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What to measure.
 *
 * @param threads compute threads
 * @param time how long each figure is measured
 * @param shapes names of {@link BlockShape}s
 * @param types of weights
 * @param tokens how many of them products are measured with, none to measure decoding only
 * @param json where to write the figures
 */
record BlocksOptions(
        int threads, Duration time, List<String> shapes, List<DType> types, List<Integer> tokens, Optional<Path> json) {
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
        tokens = List.copyOf(tokens);
    }

    /**
     * Reads {@code --threads N --millis N --shapes A,B --types A,B --tokens N,N|none --json FILE}.
     *
     * @throws IllegalArgumentException naming what is not understood
     */
    static BlocksOptions parse(List<String> args) {
        BlocksOptions options = new BlocksOptions(
                Runtime.getRuntime().availableProcessors(),
                Duration.ofMillis(300),
                BlockShape.ALL.stream().map(BlockShape::name).toList(),
                ALL,
                List.of(1, 64, 128, 512),
                Optional.empty());
        if (args.size() % 2 != 0) {
            throw new IllegalArgumentException(args.getLast() + " has no value");
        }
        for (int i = 0; i < args.size(); i += 2) {
            options = options.with(args.get(i), args.get(i + 1));
        }
        return options;
    }

    private BlocksOptions with(String name, String value) {
        List<String> values = List.of(value.split(",", -1));
        return switch (name) {
            case "--threads" -> new BlocksOptions(Integer.parseInt(value), time, shapes, types, tokens, json);
            case "--millis" -> {
                Duration chosen = Duration.ofMillis(Long.parseLong(value));
                yield new BlocksOptions(threads, chosen, shapes, types, tokens, json);
            }
            case "--shapes" -> new BlocksOptions(threads, time, values, types, tokens, json);
            case "--types" -> {
                List<DType> chosen = values.stream().map(DType::valueOf).toList();
                yield new BlocksOptions(threads, time, shapes, chosen, tokens, json);
            }
            case "--tokens" -> {
                List<Integer> chosen = value.equals("none")
                        ? List.of()
                        : values.stream().map(Integer::valueOf).toList();
                yield new BlocksOptions(threads, time, shapes, types, chosen, json);
            }
            case "--json" -> new BlocksOptions(threads, time, shapes, types, tokens, Optional.of(Path.of(value)));
            default -> throw new IllegalArgumentException("unknown option " + name);
        };
    }
}

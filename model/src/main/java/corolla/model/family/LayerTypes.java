package corolla.model.family;

import java.util.List;

/** Which blocks see a sliding window and which see everything: {@code layer_types} in {@code config.json}. Immutable. */
final class LayerTypes {
    private static final String SLIDING = "sliding_attention";
    private static final String FULL = "full_attention";

    private final List<String> types;

    private LayerTypes(List<String> types) {
        this.types = types;
    }

    /** Whether the file has them at all. */
    static boolean areGiven(ConfigJson json) {
        return !json.texts("layer_types").isEmpty();
    }

    /** @throws IllegalArgumentException when a kind is not known or their number is not that of the blocks */
    static LayerTypes of(ConfigJson json) {
        List<String> types = json.texts("layer_types");
        int blocks = json.integer("num_hidden_layers");
        if (types.size() != blocks) {
            throw new IllegalArgumentException(
                    "layer_types has " + types.size() + " entries for " + blocks + " blocks");
        }
        for (String type : types) {
            if (!type.equals(SLIDING) && !type.equals(FULL)) {
                throw new IllegalArgumentException(
                        "layer type \"" + type + "\" is not known, known are " + SLIDING + ", " + FULL);
            }
        }
        return new LayerTypes(types);
    }

    boolean isSliding(int block) {
        return types.get(block).equals(SLIDING);
    }
}

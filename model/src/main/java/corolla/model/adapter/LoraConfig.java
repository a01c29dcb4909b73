package corolla.model.adapter;

import java.util.Map;

/**
 * What {@code adapter_config.json} says, as far as it decides numbers. Immutable.
 *
 * @param rank r: rows of A
 * @param alpha what the product is scaled by, before it is divided by the rank
 * @param rankStabilised whether it is divided by √r instead (Kalajdzievski 2023)
 * @param targets which modules are changed
 * @param ranks other ranks, by regular expressions for ends of names, in the file's order
 * @param alphas other alphas, likewise
 * @param baseModel the name of the model it was trained on, or empty
 */
public record LoraConfig(
        int rank,
        double alpha,
        boolean rankStabilised,
        LoraTargets targets,
        Map<String, Integer> ranks,
        Map<String, Double> alphas,
        String baseModel) {
    /** Beyond, an adapter is no low rank; the largest published ones have 512. */
    public static final int RANK_MAX = 4096;

    public LoraConfig {
        requireRank(rank);
        ranks.values().forEach(LoraConfig::requireRank);
        requireFinite(alpha);
        alphas.values().forEach(LoraConfig::requireFinite);
    }

    /** The rank of a module. */
    public int rank(String module) {
        return of(module, ranks, rank);
    }

    /** What (x · Aᵀ) · Bᵀ of a module is multiplied by. */
    public float scale(String module) {
        int r = rank(module);
        return (float) (of(module, alphas, alpha) / (rankStabilised ? Math.sqrt(r) : r));
    }

    /** PEFT's {@code get_pattern_key}: the first pattern that matches the name or its end after a dot. */
    private static <T> T of(String module, Map<String, T> patterns, T otherwise) {
        for (Map.Entry<String, T> entry : patterns.entrySet()) {
            if (ModulePattern.of("(.*\\.)?(" + entry.getKey() + ")").matches(module)) {
                return entry.getValue();
            }
        }
        return otherwise;
    }

    private static void requireRank(int rank) {
        if (rank < 1 || rank > RANK_MAX) {
            throw new IllegalArgumentException("r is " + rank + ", allowed are 1 to " + RANK_MAX);
        }
    }

    private static void requireFinite(double alpha) {
        if (!Double.isFinite(alpha)) {
            throw new IllegalArgumentException("lora_alpha is " + alpha);
        }
    }
}

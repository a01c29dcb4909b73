package corolla.model.family;

import corolla.model.family.RopeScaling.Linear;
import corolla.model.family.RopeScaling.Llama3;
import corolla.model.family.RopeScaling.None;

/**
 * Rotary positions in {@code config.json}: {@code rope_theta} with {@code rope_scaling} in older files, all of it in
 * {@code rope_parameters} in newer ones; the kind is {@code rope_type}, or {@code type} in the oldest.
 */
final class RopeReader {
    private static final double THETA_DEFAULT = 10_000;

    private RopeReader() {}

    static RopeConfig read(ConfigJson json, int headSize) {
        ConfigJson parameters =
                json.has("rope_parameters") ? json.child("rope_parameters") : json.child("rope_scaling");
        double theta = json.number("rope_theta", THETA_DEFAULT);
        double share = json.number("partial_rotary_factor", 1);
        return of(parameters, theta, (int) (headSize * parameters.number("partial_rotary_factor", share)));
    }

    /** From an object of rotary parameters alone. */
    static RopeConfig of(ConfigJson parameters, double thetaDefault, int dimensions) {
        double theta = parameters.number("rope_theta", thetaDefault);
        return new RopeConfig(theta, dimensions, scaling(parameters, theta, dimensions));
    }

    private static RopeScaling scaling(ConfigJson parameters, double theta, int dimensions) {
        String kind = parameters.text("rope_type", parameters.text("type", "default"));
        return switch (kind) {
            case "default" -> new None();
            case "linear" -> new Linear(parameters.number("factor"));
            case "llama3" ->
                new Llama3(
                        parameters.number("factor"),
                        parameters.number("low_freq_factor"),
                        parameters.number("high_freq_factor"),
                        parameters.number("original_max_position_embeddings"));
            case "yarn" -> yarn(parameters, theta, dimensions);
            default ->
                throw new IllegalArgumentException(
                        "rope scaling \"" + kind + "\" is not known, known are default, linear, llama3, yarn");
        };
    }

    private static RopeScaling yarn(ConfigJson parameters, double theta, int dimensions) {
        double factor = parameters.number("factor");
        return RopeScaling.Yarn.of(
                factor,
                parameters.number("attention_factor", yarnAmplitude(parameters, factor)),
                theta,
                dimensions,
                parameters.number("original_max_position_embeddings"),
                parameters.number("beta_fast", 32),
                parameters.number("beta_slow", 1),
                parameters.flag("truncate", true));
    }

    private static double yarnAmplitude(ConfigJson parameters, double factor) {
        double all = parameters.number("mscale_all_dim", 0);
        double some = parameters.number("mscale", 0);
        return some != 0 && all != 0 ? yarnGrowth(factor, some) / yarnGrowth(factor, all) : yarnGrowth(factor, 1);
    }

    /** YaRN, equation 22, with a weight. */
    static double yarnGrowth(double factor, double weight) {
        return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
    }
}

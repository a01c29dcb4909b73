package corolla.model.family;

/** How attention knows where a token stands. */
public sealed interface PositionConfig permits RopeConfig, AlibiConfig {}

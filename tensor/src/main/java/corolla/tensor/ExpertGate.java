package corolla.tensor;

/** What is between an expert's projections. */
public sealed interface ExpertGate {

    /** activation(gate) · up. */
    record Plain(Activation activation) implements ExpertGate {}

    /** gpt-oss's. */
    record Clamped(ClampedSwiglu swiglu) implements ExpertGate {}
}

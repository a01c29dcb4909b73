package corolla.tensor;

/**
 * The gate of gpt-oss: with g = min(gate, limit) and u = up between -limit and limit, (u + 1) · g · σ(alpha · g).
 *
 * @param alpha how steep the sigmoid is
 * @param limit where gate and up are cut off
 */
public record ClampedSwiglu(float alpha, float limit) {

    public ClampedSwiglu {
        if (!(limit > 0)) {
            throw new IllegalArgumentException("swiglu limit " + limit);
        }
    }
}

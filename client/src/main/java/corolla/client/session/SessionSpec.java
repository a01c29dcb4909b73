package corolla.client.session;

import corolla.swarm.Span;

/**
 * What a session is for.
 *
 * @param prefix the model's DHT prefix
 * @param blocks which blocks it runs
 * @param hiddenSize width of the hidden states
 * @param batch sequences side by side
 * @param tokensMax tokens of each sequence for which servers reserve their caches
 * @param adapter LoRA adapter that it runs with; empty for the plain model
 */
public record SessionSpec(String prefix, Span blocks, int hiddenSize, int batch, int tokensMax, String adapter) {
    public SessionSpec {
        if (hiddenSize < 1 || batch < 1 || tokensMax < 0) {
            throw new IllegalArgumentException("a session of " + batch + " × " + tokensMax + " tokens × " + hiddenSize);
        }
        Math.multiplyExact(Math.multiplyExact(batch, hiddenSize), Float.BYTES);
    }
}

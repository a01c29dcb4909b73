package corolla.client.forward;

import corolla.client.routing.Hop;
import corolla.swarm.Span;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.Shape;
import java.util.List;

/**
 * What a forward leaves behind so that gradients can be computed: what each server was fed, and which server it was. Immutable, in heap
 * memory; usable as often as wanted.
 */
public final class Tape {
    private final Span blocks;
    private final String adapter;
    private final Shape shape;
    private final List<Track> tracks;

    /**
     * One micro-batch.
     *
     * @param steps in the order of the blocks
     */
    record Track(MicroBatch batch, List<Step> steps) {
        Track {
            steps = List.copyOf(steps);
        }
    }

    /**
     * One server's part.
     *
     * @param input what entered its first block, as it came from the server before
     */
    record Step(Hop hop, WireTensor input) {}

    Tape(Span blocks, String adapter, Shape shape, List<Track> tracks) {
        this.blocks = blocks;
        this.adapter = adapter;
        this.shape = shape;
        this.tracks = List.copyOf(tracks);
    }

    /** The blocks that were run. */
    public Span blocks() {
        return blocks;
    }

    /** The LoRA adapter that they ran with; empty for the plain model. */
    public String adapter() {
        return adapter;
    }

    /** (batch, tokens, hiddenSize) of inputs, outputs and their gradients. */
    public Shape shape() {
        return shape;
    }

    /** Prompt tokens of each block; 0 for none. */
    public long promptTokens() {
        return tracks.isEmpty() ? 0 : tracks.getFirst().batch().promptTokens();
    }

    /** The servers that ran the first micro-batch. */
    public List<Hop> route() {
        return tracks.isEmpty()
                ? List.of()
                : tracks.getFirst().steps().stream().map(Step::hop).toList();
    }

    List<Track> tracks() {
        return tracks;
    }
}

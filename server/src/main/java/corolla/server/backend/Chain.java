package corolla.server.backend;

import corolla.swarm.BlockUid;
import corolla.swarm.ChainedUid;
import corolla.swarm.Span;
import java.util.ArrayList;
import java.util.List;

/**
 * The blocks of a request as runs of consecutive ones, in the order of the request. Immutable.
 *
 * @param runs at least one
 * @param length blocks altogether
 */
public record Chain(List<Span> runs, int length) {
    public Chain {
        runs = List.copyOf(runs);
    }

    /** From the first to the last of the blocks, with what lies between. */
    public Span hull() {
        int start = runs.stream().mapToInt(Span::start).min().orElseThrow();
        int end = runs.stream().mapToInt(Span::end).max().orElseThrow();
        return new Span(start, end);
    }

    /** The runs of a chain whose blocks are all ours. */
    public static Chain of(ChainedUid uid) {
        var runs = new ArrayList<Span>();
        int start = -1;
        int end = -1;
        for (BlockUid block : uid.blocks()) {
            if (block.index() != end && end >= 0) {
                runs.add(new Span(start, end));
            }
            if (block.index() != end) {
                start = block.index();
            }
            end = block.index() + 1;
        }
        runs.add(new Span(start, end));
        return new Chain(runs, uid.length());
    }
}

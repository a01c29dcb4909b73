package corolla.swarm;

import corolla.base.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Blocks that one request runs through, in the order listed: uids joined with one space. Immutable.
 *
 * @param blocks at least one
 */
public record ChainedUid(List<BlockUid> blocks) {
    /** More than any model has; bounds what a peer may ask of one request. */
    public static final int BLOCKS_MAX = 1024;

    private static final String DELIMITER = " ";

    public ChainedUid {
        blocks = List.copyOf(blocks);
        if (blocks.isEmpty() || blocks.size() > BLOCKS_MAX) {
            throw new IllegalArgumentException(
                    "a chain of " + blocks.size() + " blocks is not within 1 to " + BLOCKS_MAX);
        }
    }

    /** The chain of a span of one model. */
    public static ChainedUid of(String prefix, Span span) {
        var blocks = new ArrayList<BlockUid>(span.length());
        for (int i = span.start(); i < span.end(); i++) {
            blocks.add(new BlockUid(prefix, i));
        }
        return new ChainedUid(blocks);
    }

    /** Reads the form of {@link #toString()}; the text may come from a peer. */
    public static ChainedUid parse(String text) throws ProtocolException {
        var blocks = new ArrayList<BlockUid>();
        int from = 0;
        while (from <= text.length()) {
            int space = text.indexOf(' ', from);
            int to = space < 0 ? text.length() : space;
            if (blocks.size() == BLOCKS_MAX) {
                throw new ProtocolException("a chained uid names more than " + BLOCKS_MAX + " blocks");
            }
            blocks.add(BlockUid.parse(text.substring(from, to)));
            from = to + 1;
        }
        return new ChainedUid(blocks);
    }

    /** The span, when the blocks are consecutive blocks of one model, each once, in order. */
    public Optional<Span> span() {
        BlockUid first = blocks.getFirst();
        for (int i = 1; i < blocks.size(); i++) {
            BlockUid block = blocks.get(i);
            if (block.index() != first.index() + i || !block.prefix().equals(first.prefix())) {
                return Optional.empty();
            }
        }
        return Optional.of(new Span(first.index(), first.index() + blocks.size()));
    }

    public int length() {
        return blocks.size();
    }

    @Override
    public String toString() {
        return blocks.stream().map(BlockUid::toString).collect(Collectors.joining(DELIMITER));
    }
}

package corolla.swarm;

import java.util.List;
import java.util.stream.Collectors;

/** Some blocks of the model are served by nobody who could be used. */
public final class NoRouteException extends SwarmException {
    private static final long serialVersionUID = 1;

    private final transient List<Span> missing;
    private final String adapter;
    private final boolean isComing;

    /**
     * As it is.
     *
     * @param missing the runs of blocks without a server
     * @param isComing whether servers for all of them are loading, or have only just been lost
     */
    public NoRouteException(String prefix, List<Span> missing, boolean isComing, String advice) {
        this(prefix, "", missing, isComing, advice);
    }

    /**
     * The same for blocks with a LoRA adapter.
     *
     * @param adapter that the servers had to have; empty for none
     */
    public NoRouteException(String prefix, String adapter, List<Span> missing, boolean isComing, String advice) {
        super(
                "no server for blocks "
                        + missing.stream().map(Span::toString).collect(Collectors.joining(", "))
                        + " of " + prefix + (adapter.isEmpty() ? "" : " with adapter '" + adapter + "'") + "; "
                        + advice,
                null);
        this.missing = List.copyOf(missing);
        this.adapter = adapter;
        this.isComing = isComing;
    }

    /** Whether servers for all missing blocks are loading, or have only just been lost: waiting helps. */
    public boolean isComing() {
        return isComing;
    }

    public List<Span> missing() {
        return missing;
    }

    /** The adapter that the servers had to have; empty for none. */
    public String adapter() {
        return adapter;
    }
}

package corolla.server.handler;

import corolla.server.adapter.AdapterLease;
import corolla.server.adapter.AdapterTable;
import corolla.swarm.protocol.RequestMetadata;
import java.util.List;

/** The adapter that a request names. */
final class ActiveAdapter {
    private static final int NAMES_TOLD_MAX = 8;

    private ActiveAdapter() {}

    /** Keeps the adapter in memory for a request; the caller closes the lease. */
    static AdapterLease lease(AdapterTable adapters, RequestMetadata metadata) throws RequestException {
        String name = metadata.activeAdapter();
        return adapters.lease(name).orElseThrow(() -> new RequestException(notFound(name, adapters.names())));
    }

    /** Begins as stock servers say it; clients look for these words. */
    private static String notFound(String name, List<String> known) {
        List<String> told = known.subList(0, Math.min(NAMES_TOLD_MAX, known.size()));
        return "adapter " + ServedModel.shortened(name) + " not found; this server has "
                + (known.isEmpty() ? "none" : String.join(", ", told) + (told.size() < known.size() ? ", …" : ""));
    }
}

package corolla.p2p.host;

import corolla.p2p.StreamHandler;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a host serves. Thread-safe: the map is replaced, never changed. */
final class Handlers {
    private volatile Map<String, StreamHandler> handlers = Map.of();
    private volatile List<String> protocols = List.of();

    synchronized void put(String protocol, StreamHandler handler) {
        Map<String, StreamHandler> next = new LinkedHashMap<>(handlers);
        next.put(protocol, handler);
        publish(next);
    }

    synchronized void remove(String protocol) {
        Map<String, StreamHandler> next = new LinkedHashMap<>(handlers);
        next.remove(protocol);
        publish(next);
    }

    private void publish(Map<String, StreamHandler> next) {
        handlers = next;
        protocols = List.copyOf(next.keySet());
    }

    boolean serves(String protocol) {
        return handlers.containsKey(protocol);
    }

    Optional<StreamHandler> find(String protocol) {
        return Optional.ofNullable(handlers.get(protocol));
    }

    /** In the order in which they were first given. */
    List<String> protocols() {
        return protocols;
    }
}

package corolla.swarm;

/**
 * What a server announces under each of its blocks. Immutable. {@link ServerInfoRecord} reads and writes its DHT form.
 *
 * @param state whether it serves
 * @param throughput tokens per second that the server claims for itself as a whole; finite, not negative; for placement only
 * @param details the rest
 */
public record ServerInfo(ServerState state, double throughput, ServerDetails details) {
    public ServerInfo {
        if (!Double.isFinite(throughput) || throughput < 0) {
            throw new IllegalArgumentException("throughput " + throughput + " is not a finite number of at least 0");
        }
    }

    public ServerInfo withState(ServerState newState) {
        return new ServerInfo(newState, throughput, details);
    }

    public ServerInfo withDetails(ServerDetails newDetails) {
        return new ServerInfo(state, throughput, newDetails);
    }
}

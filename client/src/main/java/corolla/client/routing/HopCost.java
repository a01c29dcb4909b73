package corolla.client.routing;

/**
 * Why a hop costs what it costs: seconds that a step of one token is expected to spend there.
 *
 * @param hop the server and its blocks
 * @param isPushed whether the server before hands on to it, rather than the client
 * @param waySeconds from the client or the server before
 * @param overheadSeconds handling of one request
 * @param queueSeconds steps that waited there already
 * @param cachePenaltySeconds for a cache without room for the session
 * @param computeSeconds its blocks
 * @param isObserved whether the time of its blocks was observed by this client, rather than announced
 * @param backSeconds the way back to the client, of the last hop
 */
public record HopCost(
        Hop hop,
        boolean isPushed,
        double waySeconds,
        double overheadSeconds,
        double queueSeconds,
        double cachePenaltySeconds,
        double computeSeconds,
        boolean isObserved,
        double backSeconds) {

    public double seconds() {
        return waySeconds + overheadSeconds + queueSeconds + cachePenaltySeconds + computeSeconds + backSeconds;
    }
}

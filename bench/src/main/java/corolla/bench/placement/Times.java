package corolla.bench.placement;

/**
 * How long things take in the simulation, in seconds.
 *
 * @param view how old a look at the DHT is at least
 * @param period mean time between two looks at the balance
 * @param holePeriod the same for blocks without a server, where the rule has that
 * @param selection mean pause before a choice
 * @param settle from a claim to the look whether another has claimed the same, where the rule has that
 * @param drain how long running sessions get, where the rule has that
 * @param load what loading costs, whatever is loaded
 * @param loadBlock what each block costs beside
 * @param expiration how long the record of a crashed server is believed, on average
 * @param absence how long a server is silent until others take it for gone, where the rule asks
 */
record Times(
        double view,
        double period,
        double holePeriod,
        double selection,
        double settle,
        double drain,
        double load,
        double loadBlock,
        double expiration,
        double absence) {

    /** Petals' command line. */
    static Times petals() {
        return new Times(2, 60, 0, 5, 0, 0, 5, 4, 180, 180);
    }

    /** {@link corolla.server.placement.PlacementConfig}'s defaults; a look comes every 15 s, and 10 s of silence follow. */
    static Times corolla() {
        return new Times(2, 30, 15, 2.5, 3, 10, 5, 4, 180, 25);
    }

    double loading(int blocks) {
        return load + loadBlock * blocks;
    }
}

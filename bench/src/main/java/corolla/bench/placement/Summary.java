package corolla.bench.placement;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoublePredicate;

/**
 * How one rule did on many grounds. Immutable.
 *
 * @param shares of the best, each minute, mean of all swarms
 * @param moves until each minute, mean of all swarms
 * @param inChurn share of the best, mean over the hour of churn
 * @param atEnd the same over its last five minutes
 * @param later share of the best over the last five of fifteen quiet minutes
 * @param missing minutes of the hour with a block that nobody serves
 * @param movesInChurn in the hour
 */
record Summary(
        double[] shares,
        double[] moves,
        Spread inChurn,
        Spread atEnd,
        Spread later,
        Spread missing,
        Spread movesInChurn) {

    private static final double FIVE_MINUTES = 300;

    /** One figure of all swarms. */
    record Spread(double mean, double median, double least, double most) {
        static Spread of(double[] values) {
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            int middle = sorted.length / 2;
            double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
            return new Spread(Summary.mean(sorted), median, sorted[0], sorted[sorted.length - 1]);
        }
    }

    static Summary of(List<Ground> grounds, PlacementRule rule) {
        int minutes = grounds.getFirst().best().length;
        double[] shares = new double[minutes];
        double[] moves = new double[minutes];
        double[] churn = new double[grounds.size()];
        double[] end = new double[grounds.size()];
        double[] later = new double[grounds.size()];
        double[] missing = new double[grounds.size()];
        double[] count = new double[grounds.size()];
        for (int i = 0; i < grounds.size(); i++) {
            Ground ground = grounds.get(i);
            Simulation.Outcome outcome = Simulation.run(ground.trace(), rule, ground.seed());
            double[] own = shares(ground, outcome);
            for (int minute = 0; minute < minutes; minute++) {
                shares[minute] += own[minute] / grounds.size();
                moves[minute] += (double) outcome.movesUntil(minute * Ground.PERIOD) / grounds.size();
            }
            churn[i] = mean(own, Trace.CHURN_BEGINS, Trace.CHURN_ENDS);
            end[i] = mean(own, Trace.CHURN_ENDS - FIVE_MINUTES, Trace.CHURN_ENDS);
            later[i] = mean(own, Trace.ENDS - FIVE_MINUTES, Trace.ENDS);
            missing[i] = without(outcome.throughput());
            count[i] = outcome.movesUntil(Trace.CHURN_ENDS) - outcome.movesUntil(Trace.CHURN_BEGINS);
        }
        return new Summary(
                shares,
                moves,
                Spread.of(churn),
                Spread.of(end),
                Spread.of(later),
                Spread.of(missing),
                Spread.of(count));
    }

    private static double[] shares(Ground ground, Simulation.Outcome outcome) {
        double[] shares = new double[ground.best().length];
        int step = (int) (Ground.PERIOD / Simulation.SAMPLE_PERIOD);
        for (int minute = 0; minute < shares.length; minute++) {
            double best = ground.best()[minute];
            shares[minute] = best == 0 ? 0 : outcome.throughput()[minute * step] / best;
        }
        return shares;
    }

    private static double mean(double[] perMinute, double from, double to) {
        return mean(Arrays.copyOfRange(perMinute, (int) (from / Ground.PERIOD), (int) (to / Ground.PERIOD) + 1));
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    /** Minutes. */
    private static double without(double[] samples) {
        int from = (int) (Trace.CHURN_BEGINS / Simulation.SAMPLE_PERIOD);
        int to = (int) (Trace.CHURN_ENDS / Simulation.SAMPLE_PERIOD);
        DoublePredicate isMissing = throughput -> throughput <= 0;
        return Arrays.stream(samples, from, to).filter(isMissing).count() * Simulation.SAMPLE_PERIOD / 60;
    }
}

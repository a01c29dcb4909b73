package corolla.bench.placement;

/**
 * A machine that comes and goes. Immutable.
 *
 * @param name sorts as machines arrive
 * @param blocks how many it holds
 * @param throughput tokens per second that it serves and claims
 * @param arrives seconds from the begin
 * @param leaves seconds from the begin; may be after the end
 * @param crashes whether it leaves without a word
 */
record Machine(String name, int blocks, double throughput, double arrives, double leaves, boolean crashes) {}

package corolla.kernels.cuda;

import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.tensor.RoutingRule;

/**
 * Choices of a batch on the device, in scratch of one operation: what {@link corolla.tensor.Routing} has with the host. All are addresses.
 *
 * @param weights floats (rows, choices)
 * @param places integers (rows, choices)
 * @param rowsAt integers (places)
 * @param expertsAt integers (places)
 * @param jobs {@code Job} in {@code jobs.cu}, {@code jobsMax} of them
 * @param count how many places
 * @param together places that a job has at most
 */
record DeviceRouting(
        long weights, long places, long rowsAt, long expertsAt, long jobs, int jobsMax, int count, int together) {
    static final KernelSource ROUTING = KernelSource.of("jobs.cu", "routing.cu");

    /**
     * Rows of a batch that is routed on the device. A larger one chooses most experts of most models, and the host gives each of them all its rows at
     * once; one wait a block is little beside such a batch.
     */
    static final int ROWS_MAX = 16;

    /** {@code routing.cu} has scratch for so many. */
    private static final int EXPERTS_MAX = 512;

    private static final int GROUPS_MAX = 64;
    private static final int JOB_BYTES = 3 * Integer.BYTES;

    /** Rows of a job where there is more than one row: what an expert has of 16 rows that choose two of eight experts. */
    private static final int ROWS_TOGETHER = 4;

    /** Whether the kernel can follow a rule. */
    static boolean follows(RoutingRule rule) {
        return rule.experts() <= EXPERTS_MAX && rule.groups() <= GROUPS_MAX;
    }

    /** Whether it takes so many rows; a thread has one place. */
    static boolean takes(RoutingRule rule, long rows) {
        return rows > 0 && rows <= ROWS_MAX && rows * rule.choices() <= Operation.THREADS;
    }

    /**
     * Chooses.
     *
     * @param logits floats (rows, experts)
     * @param correction floats (experts), or 0
     */
    static DeviceRouting choose(Operation operation, RoutingRule rule, int rows, long logits, long correction) {
        int count = rows * rule.choices();
        long bytes = (long) Integer.BYTES * count;
        int together = rows == 1 ? 1 : ROWS_TOGETHER;
        int jobsMax = jobsMax(count, rule.experts(), together);
        DeviceRouting routing = new DeviceRouting(
                operation.scratch(bytes),
                operation.scratch(bytes),
                operation.scratch(bytes),
                operation.scratch(bytes),
                operation.scratch((long) JOB_BYTES * jobsMax),
                jobsMax,
                count,
                together);
        operation.launchRows(
                1,
                ROUTING,
                "route",
                operation
                        .arguments()
                        .wide(logits)
                        .wide(correction)
                        .integer(rows)
                        .integers(
                                rule.experts(),
                                rule.choices(),
                                code(rule.scoring()),
                                rule.renormalised() ? 1 : 0,
                                rule.groups(),
                                rule.groupsChosen(),
                                Float.floatToRawIntBits(rule.scale()))
                        .wide(routing.weights)
                        .wide(routing.places)
                        .wide(routing.rowsAt)
                        .wide(routing.expertsAt)
                        .wide(routing.jobs)
                        .integer(jobsMax)
                        .integer(together));
        return routing;
    }

    /** The most that there are, however rows choose: an expert's last job may have one place alone. */
    private static int jobsMax(int count, int experts, int together) {
        return Math.min(count, (count + (together - 1) * Math.min(count, experts)) / together);
    }

    private static int code(RoutingRule.Scoring scoring) {
        return switch (scoring) {
            case SOFTMAX -> 0;
            case SOFTMAX_OF_CHOSEN -> 1;
            case SIGMOID -> 2;
        };
    }
}

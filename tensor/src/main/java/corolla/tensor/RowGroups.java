package corolla.tensor;

/**
 * Consecutive rows that are multiplied by one matrix each: rows {@code [starts[g], starts[g + 1])} belong to group g.
 *
 * @param starts one more than there are groups, ascending from 0; borrowed, and may change between operations: a router's
 *     decisions do
 * @param batch rows of the batch that these come from; decides which code multiplies, so that a row's bits do not depend on
 *     how many others of the batch fell into its group
 * @param typical how many rows a group has if all have equally many, rounded up: decides likewise where bits may depend on the
 *     batch
 */
public record RowGroups(int[] starts, int batch, int typical) {

    public RowGroups {
        if (starts.length < 2 || batch < 1 || typical < 1) {
            throw new IllegalArgumentException(
                    (starts.length - 1) + " groups of about " + typical + " rows of a batch of " + batch);
        }
    }

    /** Groups about as large as the batch. */
    public RowGroups(int[] starts, int batch) {
        this(starts, batch, batch);
    }

    /** So many groups with equally many rows. */
    public static RowGroups equal(int groups, int rows) {
        int[] starts = new int[groups + 1];
        for (int group = 1; group <= groups; group++) {
            starts[group] = Math.multiplyExact(group, rows);
        }
        return new RowGroups(starts, rows);
    }

    /** How many groups. */
    public int count() {
        return starts.length - 1;
    }

    /** First row of a group. */
    public int start(int group) {
        return starts[group];
    }

    /** Row after the last of a group. */
    public int end(int group) {
        return starts[group + 1];
    }
}

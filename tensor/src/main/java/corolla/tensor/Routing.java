package corolla.tensor;

import corolla.base.compute.Member;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a router decided for the rows of a batch: which experts work on a row, with which weights, and where a row stands when
 * all are sorted by expert. Its arrays are overwritten by each decision; it is shared by the members of a team, who put a
 * barrier after each step. Where tensors may lie on a device, the steps that have tensors go through {@link ExpertKernels}.
 *
 * {@snippet :
 * routing.choose(me, logits, correction);
 * me.barrier();
 * routing.sort(me);
 * me.barrier();
 * routing.gather(me, x, sorted);
 * }
 */
public final class Routing {
    private final RoutingRule rule;
    private final int rows;
    private final int[] experts; // [choice], a row's choices follow each other
    private final float[] weights; // [choice]
    private final float[] dWeights; // [choice]
    private final int[] places; // [choice]
    private final int[] choices; // [place]
    private final RowGroups groups;

    /** For batches of exactly so many rows. */
    public Routing(RoutingRule rule, int rows) {
        this.rule = rule;
        this.rows = rows;
        if (rows < 1) {
            throw new IllegalArgumentException("routing of " + rows + " rows");
        }
        int count = Math.multiplyExact(rows, rule.choices());
        this.experts = new int[count];
        this.weights = new float[count];
        this.dWeights = new float[count];
        this.places = new int[count];
        this.choices = new int[count];
        this.groups = new RowGroups(new int[rule.experts() + 1], rows, Math.ceilDiv(count, rule.experts()));
    }

    public RoutingRule rule() {
        return rule;
    }

    /** Rows of the batch. */
    public int rows() {
        return rows;
    }

    /** Rows once sorted: each row as often as it has choices. */
    public int places() {
        return places.length;
    }

    /** Places by expert. */
    public RowGroups groups() {
        return groups;
    }

    /** The expert of a row's choice; choices count from the best. */
    public int expert(int row, int choice) {
        return experts[row * rule.choices() + choice];
    }

    /** The weight of a row's choice. */
    public float weight(int row, int choice) {
        return weights[row * rule.choices() + choice];
    }

    /** Where a row's choice stands among the places. */
    public int place(int row, int choice) {
        return places[row * rule.choices() + choice];
    }

    /** The row that stands at a place. */
    public int rowAt(int place) {
        return choices[place] / rule.choices();
    }

    /** The expert of a place. */
    public int expertAt(int place) {
        return experts[choices[place]];
    }

    /** The weight of a place. */
    public float weightAt(int place) {
        return weights[choices[place]];
    }

    /** Notes the gradient of the weight of a place. */
    public void gradientAt(int place, float gradient) {
        dWeights[choices[place]] = gradient;
    }

    /**
     * Chooses experts and weights, each member for its share of rows.
     *
     * @param logits f32 (rows, experts)
     * @param correction f32 (experts): added to scores where they choose, not where they weigh; or null
     */
    public void choose(Member me, Tensor logits, @Nullable Tensor correction) {
        check(logits);
        float[] added = correction == null ? new float[rule.experts()] : correction.toFloats();
        RouterRow router = new RouterRow(rule, added);
        int end = (int) me.shareEnd(rows, 1);
        for (int row = (int) me.shareStart(rows, 1); row < end; row++) {
            router.choose(logits, row, experts, weights, row * rule.choices());
        }
    }

    /** Sorts by expert, rows of an expert in their order; the work of one member. */
    public void sort(Member me) {
        if (me.index() != 0) {
            return;
        }
        int[] next = groups.starts();
        Arrays.fill(next, 0);
        for (int expert : experts) {
            next[expert + 1]++;
        }
        for (int expert = 0; expert < rule.experts(); expert++) {
            next[expert + 1] += next[expert];
        }
        for (int choice = 0; choice < experts.length; choice++) {
            int place = next[experts[choice]]++;
            places[choice] = place;
            choices[place] = choice;
        }
        // Each start has moved to its group's end, which is the next one's start.
        System.arraycopy(next, 0, next, 1, rule.experts());
        next[0] = 0;
    }

    /** sorted[place] = x[row at the place]; each member its share of places. */
    public void gather(Member me, Tensor x, Tensor sorted) {
        Check.floats("input", x);
        Check.floats("sorted rows", sorted);
        Check.columns("sorted rows", sorted, x.columns());
        if (x.rows() != rows || sorted.rows() != places()) {
            throw new IllegalArgumentException(
                    "rows " + x + " to " + sorted + " for " + rows + " rows and " + places() + " places");
        }
        int end = (int) me.shareEnd(places(), 1);
        for (int place = (int) me.shareStart(places(), 1); place < end; place++) {
            MemorySegment.copy(
                    x.data(), rowAt(place) * x.rowBytes(), sorted.data(), place * x.rowBytes(), x.rowBytes());
        }
    }

    /**
     * The backward of {@link #choose}: logits become their own gradient, from the gradients of the weights. Which experts are
     * chosen has none.
     */
    public void chooseBackward(Member me, Tensor logits) {
        check(logits);
        RouterRow router = new RouterRow(rule, new float[rule.experts()]);
        int end = (int) me.shareEnd(rows, 1);
        for (int row = (int) me.shareStart(rows, 1); row < end; row++) {
            router.backward(logits, row, experts, dWeights, row * rule.choices());
        }
    }

    private void check(Tensor logits) {
        Check.floats("router logits", logits);
        Check.columns("router logits", logits, rule.experts());
        if (logits.rows() != rows) {
            throw new IllegalArgumentException("router logits " + logits + " for " + rows + " rows");
        }
    }
}

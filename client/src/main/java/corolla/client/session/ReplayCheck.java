package corolla.client.session;

import corolla.base.ProtocolException;
import corolla.client.routing.Hop;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Compares what a new server makes of the inputs so far with what the lost one made of them. Where they differ by more than rounding and
 * quantisation do, one of the two computes wrongly. Who, cannot be told from two answers, so the session goes on and the operator is told.
 */
final class ReplayCheck {
    private static final System.Logger LOG = System.getLogger(InferenceSession.class.getName());

    /** Relative distance that 4-bit weights on one side may cause. */
    private static final double DISTANCE_MAX = 0.25;

    private ReplayCheck() {}

    /**
     * Warns when outputs differ.
     *
     * @param outputs of tokens {@code [from, to)}, as the new server computed them
     * @param kept what the servers behind were given
     * @return the distance, relative to what was kept
     */
    static double compare(float[] outputs, InputHistory kept, int from, int to, Hop hop) throws ProtocolException {
        MemorySegment before = kept.range(from, to).buffer();
        double difference = 0;
        double size = 0;
        for (int i = 0; i < outputs.length; i++) {
            float old = before.getAtIndex(Tensor.FLOAT, i);
            difference += (double) (outputs[i] - old) * (outputs[i] - old);
            size += (double) old * old;
        }
        double distance = size == 0 ? 0 : Math.sqrt(difference / size);
        if (distance > DISTANCE_MAX) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "servers disagree: hop={0} tokens={1}..{2} differ by {3} from what the lost server answered;"
                            + " one of the two computes wrongly",
                    hop,
                    from,
                    to,
                    distance);
        }
        return distance;
    }
}

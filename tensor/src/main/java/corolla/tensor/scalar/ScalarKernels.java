package corolla.tensor.scalar;

import corolla.base.compute.Member;
import corolla.tensor.Activation;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.Check;
import corolla.tensor.DType;
import corolla.tensor.ExpertKernels;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.OutlierShare;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** The reference that all other kernels are judged against. Stateless but for counts, thread-safe. */
public final class ScalarKernels implements Kernels {
    private final LongAdder features = new LongAdder();
    private final LongAdder outliers = new LongAdder();

    /** Needs nothing. */
    public ScalarKernels() {}

    @Override
    public String description() {
        return "scalar reference";
    }

    @Override
    public Matrix matrix(Arena arena, Tensor... parts) {
        return new ScalarMatrix(List.of(parts));
    }

    @Override
    public void multiply(Member me, Tensor x, Matrix w, Tensor y) {
        product(me, x, w, y, false);
    }

    @Override
    public void multiplyAdd(Member me, Tensor x, Matrix w, Tensor y) {
        product(me, x, w, y, true);
    }

    private void product(Member me, Tensor x, Matrix w, Tensor y, boolean add) {
        Check.linear(x, w.columns(), y, w.rows());
        ScalarMatrix matrix = (ScalarMatrix) w;
        float[] weights = new float[Math.toIntExact(w.columns())];
        ScalarMixedProduct mixed = matrix.hasInt8() ? mixed(me, x) : null;
        float[] inputs = x.toFloats();
        long outs = w.rows();
        long end = me.shareEnd(outs, 1);
        for (long out = me.shareStart(outs, 1); out < end; out++) {
            matrix.decodeRow(out, weights);
            for (long row = 0; row < x.rows(); row++) {
                float sum = mixed != null && matrix.dtypeOf(out) == DType.INT8
                        ? mixed.product(row, matrix.row(out))
                        : dot(inputs, Math.toIntExact(row * weights.length), weights);
                long index = row * outs + out;
                y.setFloat(index, add ? y.getFloat(index) + sum : sum);
            }
        }
    }

    private ScalarMixedProduct mixed(Member me, Tensor x) {
        ScalarMixedProduct mixed = new ScalarMixedProduct(x);
        if (me.index() == 0) {
            features.add(x.elements());
            outliers.add(mixed.outliers());
        }
        return mixed;
    }

    private static float dot(float[] x, int from, float[] weights) {
        float sum = 0;
        for (int k = 0; k < weights.length; k++) {
            sum += x[from + k] * weights[k];
        }
        return sum;
    }

    @Override
    public void multiplyTransposed(Member me, Tensor dy, Matrix w, Tensor dx) {
        Check.linear(dy, w.rows(), dx, w.columns());
        int start = Math.toIntExact(me.shareStart(w.columns(), 1));
        int count = Math.toIntExact(me.shareEnd(w.columns(), 1)) - start;
        int rows = Math.toIntExact(dy.rows());
        long outs = w.rows();
        float[] weights = new float[Math.toIntExact(w.columns())];
        float[] sums = new float[Math.multiplyExact(rows, count)];
        for (long out = 0; out < outs; out++) {
            ((ScalarMatrix) w).decodeRow(out, weights);
            for (int row = 0; row < rows; row++) {
                float gradient = dy.getFloat(row * outs + out);
                for (int k = 0; k < count; k++) {
                    sums[row * count + k] += gradient * weights[start + k];
                }
            }
        }
        for (int row = 0; row < rows; row++) {
            for (int k = 0; k < count; k++) {
                dx.setFloat(row * w.columns() + start + k, sums[row * count + k]);
            }
        }
    }

    @Override
    public void addBias(Member me, Matrix w, Tensor bias, Tensor y) {
        Check.bias(w, bias, y);
        for (long out = me.shareStart(w.rows(), 1); out < me.shareEnd(w.rows(), 1); out++) {
            for (long row = 0; row < y.rows(); row++) {
                long index = row * w.rows() + out;
                y.setFloat(index, y.getFloat(index) + bias.getFloat(out));
            }
        }
    }

    @Override
    public void rmsNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor y) {
        rmsNorm(me, x, weight, epsilon, y, false);
    }

    @Override
    public void rmsNormAdd(Member me, Tensor x, Tensor weight, float epsilon, Tensor y) {
        rmsNorm(me, x, weight, epsilon, y, true);
    }

    private static void rmsNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor y, boolean add) {
        Check.norm(x, weight, y);
        long columns = x.columns();
        for (long row = me.shareStart(x.rows(), 1); row < me.shareEnd(x.rows(), 1); row++) {
            double squares = 0;
            for (long k = 0; k < columns; k++) {
                double value = x.getFloat(row * columns + k);
                squares += value * value;
            }
            float inverse = (float) (1 / Math.sqrt(squares / columns + epsilon));
            for (long k = 0; k < columns; k++) {
                long index = row * columns + k;
                float value = x.getFloat(index) * inverse * weight.getFloat(k);
                y.setFloat(index, add ? y.getFloat(index) + value : value);
            }
        }
    }

    @Override
    public void layerNorm(Member me, Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y) {
        Check.layerNorm(x, weight, bias, y);
        long columns = x.columns();
        for (long row = me.shareStart(x.rows(), 1); row < me.shareEnd(x.rows(), 1); row++) {
            double sum = 0;
            for (long k = 0; k < columns; k++) {
                sum += x.getFloat(row * columns + k);
            }
            double mean = sum / columns;
            double squares = 0;
            for (long k = 0; k < columns; k++) {
                double value = x.getFloat(row * columns + k) - mean;
                squares += value * value;
            }
            double inverse = 1 / Math.sqrt(squares / columns + epsilon);
            for (long k = 0; k < columns; k++) {
                double value = (x.getFloat(row * columns + k) - mean) * inverse;
                y.setFloat(row * columns + k, (float) (value * weight.getFloat(k) + bias.getFloat(k)));
            }
        }
    }

    @Override
    public void rotate(Member me, AttentionCall call) {
        ScalarAttention attention = new ScalarAttention(call);
        int heads = call.layout().count();
        for (Sequence sequence : call.sequences()) {
            for (int token = 0; token < sequence.tokens(); token++) {
                for (long head = me.shareStart(heads, 1); head < me.shareEnd(heads, 1); head++) {
                    attention.rotate(sequence, token, (int) head);
                }
            }
        }
    }

    @Override
    public void attention(Member me, AttentionCall call) {
        ScalarAttention attention = new ScalarAttention(call);
        for (Sequence sequence : call.sequences()) {
            for (int token = 0; token < sequence.tokens(); token++) {
                for (long head = me.shareStart(call.heads(), 1); head < me.shareEnd(call.heads(), 1); head++) {
                    attention.attend(sequence, token, (int) head);
                }
            }
        }
    }

    @Override
    public void gate(Member me, Activation activation, Tensor gateUp, Tensor out) {
        Check.gated(gateUp, out);
        long columns = out.columns();
        for (long i = me.shareStart(out.elements(), 1); i < me.shareEnd(out.elements(), 1); i++) {
            long gateIndex = i / columns * 2 * columns + i % columns;
            double value = activation.value(gateUp.getFloat(gateIndex));
            out.setFloat(i, (float) (value * gateUp.getFloat(gateIndex + columns)));
        }
    }

    @Override
    public void activate(Member me, Activation activation, Tensor x, Tensor out) {
        Check.pair(x, out);
        for (long i = me.shareStart(out.elements(), 1); i < me.shareEnd(out.elements(), 1); i++) {
            out.setFloat(i, (float) activation.value(x.getFloat(i)));
        }
    }

    @Override
    public void scale(Member me, float factor, Tensor x) {
        Check.floats("input", x);
        for (long i = me.shareStart(x.elements(), 1); i < me.shareEnd(x.elements(), 1); i++) {
            x.setFloat(i, factor * x.getFloat(i));
        }
    }

    @Override
    public void add(Member me, Tensor x, Tensor y) {
        Check.floats("input", x);
        Check.floats("output", y);
        Check.sameShape("input", x, "output", y);
        for (long i = me.shareStart(x.elements(), 1); i < me.shareEnd(x.elements(), 1); i++) {
            y.setFloat(i, y.getFloat(i) + x.getFloat(i));
        }
    }

    @Override
    public void rows(Member me, Matrix table, int[] ids, Tensor out) {
        Check.lookup(table, ids, out);
        float[] row = new float[Math.toIntExact(table.columns())];
        for (long i = me.shareStart(ids.length, 1); i < me.shareEnd(ids.length, 1); i++) {
            ((ScalarMatrix) table).decodeRow(ids[(int) i], row);
            MemorySegment.copy(row, 0, out.data(), Tensor.FLOAT, i * out.rowBytes(), row.length);
        }
    }

    @Override
    public ExpertKernels experts() {
        return new ScalarExpertKernels(this);
    }

    @Override
    public int argmax(Tensor vector) {
        Check.floats("vector", vector);
        int best = 0;
        for (long i = 1; i < vector.elements(); i++) {
            if (vector.getFloat(i) > vector.getFloat(best)) {
                best = Math.toIntExact(i);
            }
        }
        return best;
    }

    @Override
    public int touch(Member me, MemorySegment data) {
        int all = 0;
        for (long i = me.shareStart(data.byteSize(), 4); i < me.shareEnd(data.byteSize(), 4); i += 4) {
            all ^= data.get(ValueLayout.JAVA_INT_UNALIGNED, i);
        }
        return all;
    }

    @Override
    public OutlierShare outliers() {
        return new OutlierShare(features.sum(), outliers.sum());
    }

    @Override
    public void close() {}
}

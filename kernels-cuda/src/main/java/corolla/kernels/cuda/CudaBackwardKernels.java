package corolla.kernels.cuda;

import static corolla.kernels.cuda.CudaKernels.leads;

import corolla.base.compute.Member;
import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.tensor.Activation;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.BackwardKernels;
import corolla.tensor.Check;
import corolla.tensor.Tensor;

/** Backward rules of one GPU. Thread-safe. */
final class CudaBackwardKernels implements BackwardKernels {
    private static final KernelSource ELEMENTWISE = KernelSource.of("elementwise.cu");
    private static final KernelSource NORMS = KernelSource.of("norms.cu");

    private final Gpu gpu;
    private final CudaAttention attention;

    CudaBackwardKernels(Gpu gpu, CudaAttention attention) {
        this.gpu = gpu;
        this.attention = attention;
    }

    @Override
    public void rmsNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx) {
        norm("rmsNormBackward", me, x, weight, epsilon, dy, dx);
    }

    @Override
    public void layerNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx) {
        norm("layerNormBackward", me, x, weight, epsilon, dy, dx);
    }

    private void norm(String kernel, Member me, Tensor x, Tensor weight, float epsilon, Tensor dy, Tensor dx) {
        Check.normBackward(x, weight, dy, dx);
        if (leads(me)) {
            gpu.run(operation -> operation.launchRows(
                    x.rows(),
                    NORMS,
                    kernel,
                    operation
                            .arguments()
                            .wide(operation.read(x))
                            .wide(operation.read(weight))
                            .wide(operation.read(dy))
                            .wide(operation.update(dx))
                            .integer(Math.toIntExact(x.columns()))
                            .real(epsilon)));
        }
    }

    @Override
    public void gate(Member me, Activation activation, Tensor gateUp, Tensor dOut) {
        Check.gated(gateUp, dOut);
        if (leads(me)) {
            gpu.run(operation -> operation.launchOver(
                    dOut.elements(),
                    ELEMENTWISE,
                    "gateBackward",
                    operation
                            .arguments()
                            .wide(operation.update(gateUp))
                            .wide(operation.read(dOut))
                            .wide(dOut.elements())
                            .wide(dOut.columns())
                            .integer(ActivationCode.of(activation))));
        }
    }

    @Override
    public void activate(Member me, Activation activation, Tensor x, Tensor dOut) {
        Check.pair(x, dOut);
        if (leads(me)) {
            gpu.run(operation -> operation.launchOver(
                    x.elements(),
                    ELEMENTWISE,
                    "activateBackward",
                    operation
                            .arguments()
                            .wide(operation.update(x))
                            .wide(operation.read(dOut))
                            .wide(x.elements())
                            .integer(ActivationCode.of(activation))));
        }
    }

    @Override
    public void attention(Member me, AttentionBackwardCall call) {
        if (leads(me)) {
            attention.attentionBackward(call);
        }
    }

    @Override
    public void rotate(Member me, AttentionBackwardCall call) {
        if (leads(me)) {
            attention.rotateBackward(call);
        }
    }

    @Override
    public void crossEntropy(Member me, Tensor logits, int[] targets, float scale, Tensor losses) {
        Check.losses(logits, targets, losses);
        if (leads(me)) {
            gpu.run(operation -> operation.launchRows(
                    targets.length,
                    NORMS,
                    "crossEntropy",
                    operation
                            .arguments()
                            .wide(operation.update(logits))
                            .wide(operation.upload(targets))
                            .wide(operation.write(losses))
                            .integer(Math.toIntExact(logits.columns()))
                            .real(scale)));
        }
    }
}

/**
 * Tensors outside the heap, their data types and quantised formats, and the operations on them.
 *
 * <p>{@link corolla.tensor.Kernels} is the one interface to all mathematics: about a dozen operations, each run by every
 * member of a compute team on its own share of the output. {@link corolla.tensor.scalar.ScalarKernels} is the
 * reference: the formula as in the paper. Faster ones are found by {@link java.util.ServiceLoader} through
 * {@link corolla.tensor.KernelsProvider}; nothing requires them. This module never sees a peer.
 */
module corolla.tensor {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires transitive corolla.base;

    exports corolla.tensor;
    exports corolla.tensor.quant;
    exports corolla.tensor.scalar;

    uses corolla.tensor.KernelsProvider;

    provides corolla.tensor.KernelsProvider with
            corolla.tensor.scalar.ScalarKernelsProvider;
}

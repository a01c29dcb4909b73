package corolla.model;

import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.tensor.scalar.ScalarKernels;

/** Every kind of kernels that this machine has: a model must compute the same with each. */
public enum KernelsUnderTest {
    SCALAR {
        @Override
        public Kernels open() {
            return new ScalarKernels();
        }
    },
    BEST {
        @Override
        public Kernels open() {
            return Kernels.best(KernelsOptions.defaults());
        }
    };

    public abstract Kernels open();
}

package corolla.tensor.scalar;

import corolla.tensor.KernelsOptions;
import corolla.tensor.KernelsProvider;

/** Offers the reference; it always works. */
public final class ScalarKernelsProvider implements KernelsProvider {

    /** For {@link java.util.ServiceLoader}. */
    public ScalarKernelsProvider() {}

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public int preference() {
        return 0;
    }

    @Override
    public Offer offer(KernelsOptions options) {
        return new Offer.Ready(new ScalarKernels());
    }
}

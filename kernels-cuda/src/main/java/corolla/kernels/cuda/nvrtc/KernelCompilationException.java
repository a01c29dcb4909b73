package corolla.kernels.cuda.nvrtc;

import corolla.tensor.DeviceException;

/** A kernel of ours does not compile: a bug of ours, or a compiler older or newer than we know. Nothing that needs it can be computed. */
public final class KernelCompilationException extends DeviceException {
    private static final long serialVersionUID = 1;

    KernelCompilationException(String name, String log) {
        super(
                "NVRTC does not compile " + name + " (another version of it may, or --device cpu does without): " + log,
                null);
    }

    @Override
    public boolean isOutOfMemory() {
        return false;
    }

    @Override
    public boolean isFatal() {
        return true;
    }
}

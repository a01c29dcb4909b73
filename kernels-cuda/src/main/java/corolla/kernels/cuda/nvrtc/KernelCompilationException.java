package corolla.kernels.cuda.nvrtc;

/** A kernel of ours does not compile: a bug of ours, or a compiler older or newer than we know. */
public final class KernelCompilationException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    KernelCompilationException(String name, String log) {
        super("NVRTC does not compile " + name + ": " + log);
    }
}

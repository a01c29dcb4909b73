package corolla.kernels.cpu.onednn;

/** A call of oneDNN failed, which is a bug of ours or a machine that it does not support. */
final class DnnlException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    DnnlException(String call, int status) {
        super(call + " failed: " + name(status));
    }

    DnnlException(String call, Throwable cause) {
        super(call + " failed", cause);
    }

    private static String name(int status) {
        return switch (status) {
            case 1 -> "out of memory";
            case 2 -> "invalid arguments";
            case 3 -> "unimplemented";
            case 6 -> "not required";
            default -> "status " + status;
        };
    }
}

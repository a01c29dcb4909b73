package corolla.kernels.cuda.cublas;

import corolla.tensor.DeviceException;

/**
 * A call of cuBLASLt failed. The message has NVIDIA's name of the status, what was tried with its shapes, and what may help; who started the work has to give
 * it up.
 */
public final class CublasException extends DeviceException {
    private static final long serialVersionUID = 1;

    private final int status;

    CublasException(String tried, int status, String name) {
        super(tried + " failed: " + name + advice(status), null);
        this.status = status;
    }

    CublasException(String tried, Throwable cause) {
        super(tried + " could not be called", cause);
        this.status = -1;
    }

    /** NVIDIA's number of the status, -1 where there is none. */
    public int status() {
        return status;
    }

    @Override
    public boolean isOutOfMemory() {
        return is(status, CublasNumber.CUBLAS_STATUS_ALLOC_FAILED);
    }

    /** Whether the device, or what this process had on it, is lost. */
    @Override
    public boolean isFatal() {
        return isLost(status);
    }

    /** Whether the library does not do what was asked for, rather than having failed at it: other kernels can. */
    static boolean isRefusal(int status) {
        return is(status, CublasNumber.CUBLAS_STATUS_NOT_SUPPORTED)
                || is(status, CublasNumber.CUBLAS_STATUS_INVALID_VALUE)
                || is(status, CublasNumber.CUBLAS_STATUS_ARCH_MISMATCH);
    }

    private static boolean isLost(int status) {
        return is(status, CublasNumber.CUBLAS_STATUS_EXECUTION_FAILED)
                || is(status, CublasNumber.CUBLAS_STATUS_INTERNAL_ERROR)
                || is(status, CublasNumber.CUBLAS_STATUS_MAPPING_ERROR);
    }

    private static boolean is(int status, CublasNumber number) {
        return status == number.value();
    }

    private static String advice(int status) {
        if (is(status, CublasNumber.CUBLAS_STATUS_ALLOC_FAILED)) {
            return "; fewer blocks, a smaller cache or a smaller type of weights leave more memory";
        }
        if (isRefusal(status)) {
            return "; own kernels do this shape from now on, another version of cuBLASLt may be able to";
        }
        return isLost(status) ? "; the device is lost to this process, start it again" : "";
    }
}

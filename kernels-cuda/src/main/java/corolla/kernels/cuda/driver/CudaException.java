package corolla.kernels.cuda.driver;

import corolla.tensor.DeviceException;

/**
 * A call of CUDA failed. The message has CUDA's name of the error, what was tried with its sizes, and what may help; who started the
 * work has to give it up. After an error that {@link #isFatal} no call on the device works any more in this process.
 */
public final class CudaException extends DeviceException {
    private static final long serialVersionUID = 1;

    /** CUDA_ERROR_OUT_OF_MEMORY. */
    public static final int OUT_OF_MEMORY = 2;

    private final int code;

    CudaException(String tried, int code, String name, String text) {
        super(tried + " failed: " + name + " (" + text + ")" + advice(code), null);
        this.code = code;
    }

    CudaException(String tried, Throwable cause) {
        super(tried + " could not be called", cause);
        this.code = -1;
    }

    /** CUDA's number of the error, -1 where there is none. */
    public int code() {
        return code;
    }

    @Override
    public boolean isOutOfMemory() {
        return code == OUT_OF_MEMORY;
    }

    /** Whether the device, or what this process had on it, is lost: the process has to start again. */
    @Override
    public boolean isFatal() {
        return switch (code) {
            case 46, 214, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999 -> true;
            default -> false;
        };
    }

    private static String advice(int code) {
        return switch (code) {
            case OUT_OF_MEMORY -> "; fewer blocks, a smaller cache or a smaller type of weights take less";
            case 35, 803, 804 -> "; the driver is older than the libraries: update it, or use CUDA 12's libraries";
            case 46 -> "; another process holds the device in exclusive mode";
            case 100 -> "; nvidia-smi should list a device, and CUDA_VISIBLE_DEVICES should not hide it";
            case 209, 218, 222 -> "; empty the folder cuda of the cache, where compiled kernels lie";
            case 214 -> "; uncorrectable memory error: the device needs a reset or a replacement";
            case 700, 702, 715, 716, 717, 718, 719, 999 -> "; the device is lost to this process, start it again";
            default -> "";
        };
    }
}

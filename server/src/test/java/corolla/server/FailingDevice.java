package corolla.server;

import corolla.tensor.DeviceException;
import corolla.tensor.KernelMemory;
import corolla.tensor.Kernels;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Kernels as of a device that has so much memory, and that fails when it is told to. Borrows what they are made of. */
final class FailingDevice {
    private final Kernels kernels;
    private final KernelMemory memory;
    private volatile @Nullable DeviceException failure;

    FailingDevice(Kernels real, long bytesFree) {
        memory = around(
                KernelMemory.class,
                KernelMemory.host(),
                name -> name.equals("bytesFree") ? OptionalLong.of(bytesFree) : null);
        kernels = around(Kernels.class, real, name -> switch (name) {
            case "memory" -> memory;
            case "rmsNorm" -> {
                DeviceException now = failure;
                if (now != null) {
                    throw now;
                }
                yield null;
            }
            default -> null;
        });
    }

    private interface Instead {
        @Nullable
        Object of(String method);
    }

    private static <T> T around(Class<T> kind, T real, Instead instead) {
        Object proxy = Proxy.newProxyInstance(
                FailingDevice.class.getClassLoader(), new Class<?>[] {kind}, (ignored, method, arguments) -> {
                    Object other = instead.of(method.getName());
                    try {
                        return other == null ? method.invoke(real, arguments) : other;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return kind.cast(proxy);
    }

    Kernels kernels() {
        return kernels;
    }

    /** From now on every norm fails. */
    void fail(boolean outOfMemory) {
        failure = new Failure(outOfMemory);
    }

    private static final class Failure extends DeviceException {
        private static final long serialVersionUID = 1;
        private final boolean outOfMemory;

        Failure(boolean outOfMemory) {
            super(outOfMemory ? "the device is full" : "the device fell off the bus", null);
            this.outOfMemory = outOfMemory;
        }

        @Override
        public boolean isOutOfMemory() {
            return outOfMemory;
        }

        @Override
        public boolean isFatal() {
            return !outOfMemory;
        }
    }
}

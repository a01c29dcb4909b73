package corolla.server.backend;

import corolla.tensor.DeviceException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells once that the device is lost, whether that happens before somebody asks to be told or after. Thread-safe. */
final class LostDevice {
    private @Nullable DeviceException failure; // guarded by this
    private @Nullable Consumer<DeviceException> listener; // guarded by this

    void tell(Consumer<DeviceException> whom) {
        DeviceException before;
        synchronized (this) {
            listener = whom;
            before = failure;
        }
        if (before != null) {
            whom.accept(before);
        }
    }

    void happened(DeviceException fatal) {
        Consumer<DeviceException> whom;
        synchronized (this) {
            whom = failure == null ? listener : null;
            failure = failure == null ? fatal : failure;
        }
        if (whom != null) {
            whom.accept(fatal);
        }
    }
}

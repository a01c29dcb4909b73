package corolla.server.backend;

import corolla.tensor.DeviceException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells once that the device is lost, whether that happens before somebody asks to be told or after. Thread-safe. */
public final class LostDevice {
    private @Nullable DeviceException failure; // guarded by this
    private @Nullable Consumer<DeviceException> listener; // guarded by this

    /** {@code whom} is told, at once where it has happened. */
    public void tell(Consumer<DeviceException> whom) {
        DeviceException before;
        synchronized (this) {
            listener = whom;
            before = failure;
        }
        if (before != null) {
            whom.accept(before);
        }
    }

    /** Only the first time is told. */
    public void happened(DeviceException fatal) {
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

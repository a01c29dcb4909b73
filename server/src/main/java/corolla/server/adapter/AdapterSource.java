package corolla.server.adapter;

import corolla.model.adapter.LoraAdapter;
import java.io.IOException;
import java.nio.file.Path;

/** Where an adapter comes from; asked again when the server takes other blocks. */
@FunctionalInterface
public interface AdapterSource {

    /** Fetches it if need be, and opens it; the caller closes it. */
    LoraAdapter open() throws IOException, InterruptedException;

    /** A folder as PEFT saves it. */
    static AdapterSource of(Path folder) {
        return () -> LoraAdapter.open(folder);
    }
}

package corolla.model.source;

import corolla.base.time.Deadline;
import java.io.IOException;

/**
 * Finds a model by what a user writes: a folder, a GGUF file, a Hugging Face id ({@code org/name[@revision]}), or a known
 * name ({@code smollm2-135m}). What is fetched goes to a cache folder, is checked, and is fetched once, whatever the
 * number of processes. Thread-safe.
 */
public final class ModelSource {

    /** @param environment clock and threads for waits and for reading what helpers say */
    public ModelSource(corolla.base.Environment environment, SourceConfig config) {
        throw new UnsupportedOperationException();
    }

    /**
     * Finds the model, fetching what {@code parts} need.
     *
     * @throws IOException one error that names what was tried, where, and what to do
     */
    public FoundModel resolve(String model, ModelParts parts, SourceProgress progress, Deadline deadline)
            throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }
}

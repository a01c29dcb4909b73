package corolla.cli.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Lines of a process's output, as far as they have come: reading never waits, for a virtual thread that waits for a pipe keeps its
 * carrier from others. Confined to one thread. Borrows the stream.
 */
public final class Lines {
    private static final int BYTES_MAX = 1 << 16;

    private final InputStream in;
    private final Consumer<String> listener;
    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

    /** @param listener gets each line without its end; one of over 64 KiB in parts */
    public Lines(InputStream in, Consumer<String> listener) {
        this.in = in;
        this.listener = listener;
    }

    /** Takes what is there. */
    public void read() throws IOException {
        for (int count = in.available(); count > 0; count = in.available()) {
            for (byte one : in.readNBytes(Math.min(count, BYTES_MAX))) {
                if (one == '\n' || begun.size() == BYTES_MAX) {
                    flush();
                }
                if (one != '\n') {
                    begun.write(one);
                }
            }
        }
    }

    /** Takes what is there as the last. */
    public void end() throws IOException {
        read();
        if (begun.size() > 0) {
            flush();
        }
    }

    private void flush() {
        listener.accept(begun.toString(StandardCharsets.UTF_8));
        begun.reset();
    }
}

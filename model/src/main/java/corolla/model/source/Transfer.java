package corolla.model.source;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * One file on its way into a {@code .part} file, going on where an earlier attempt stopped. Runs on one thread; its progress
 * may be read by another.
 */
final class Transfer {
    private final HubClient client;
    private final String path;
    private final Path part;
    private volatile long bytes;
    private volatile long bytesTotal;

    /**
     * Prepares; {@link #run} does it.
     *
     * @param path of the file below the hub's endpoint
     * @param bytesTotal expected size; -1 when unknown
     */
    Transfer(HubClient client, String path, Path part, long bytesTotal) {
        this.client = client;
        this.path = path;
        this.part = part;
        this.bytesTotal = bytesTotal;
    }

    long bytes() {
        return bytes;
    }

    long bytesTotal() {
        return bytesTotal;
    }

    /** Fetches what is missing. */
    void run() throws IOException, InterruptedException {
        long there = Files.exists(part) ? Files.size(part) : 0;
        if (bytesTotal >= 0 && there > bytesTotal) {
            Files.delete(part); // another version of the file
            there = 0;
        }
        if (bytesTotal >= 0 && there == bytesTotal && Files.exists(part)) {
            bytes = there;
            return;
        }
        Map<String, String> range = there > 0 ? Map.of("Range", "bytes=" + there + "-") : Map.of();
        HttpResponse<InputStream> response = client.get(path, range);
        try (InputStream in = response.body()) {
            boolean goesOn = response.statusCode() == 206
                    && response.headers().firstValue("content-range").orElse("").startsWith("bytes " + there + "-");
            if (response.statusCode() == 206 && !goesOn) {
                throw new IOException(path + ": asked for bytes from " + there + ", got another range");
            }
            long length = response.headers().firstValueAsLong("content-length").orElse(-1);
            copy(in, goesOn ? there : 0, length);
        }
    }

    private void copy(InputStream in, long start, long length) throws IOException {
        if (bytesTotal < 0 && length >= 0) {
            bytesTotal = start + length;
        }
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.truncate(start);
            out.position(start);
            long written = start;
            bytes = written;
            byte[] buffer = new byte[1 << 16];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (bytesTotal >= 0 && written + count > bytesTotal) {
                    throw new IOException(path + " is longer than the " + bytesTotal + " bytes that were announced");
                }
                write(out, ByteBuffer.wrap(buffer, 0, count));
                written += count;
                bytes = written;
            }
        }
        if (bytesTotal >= 0 && bytes != bytesTotal) {
            throw new IOException(path + " ended after " + bytes + " of " + bytesTotal + " bytes");
        }
    }

    private static void write(FileChannel out, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
    }
}

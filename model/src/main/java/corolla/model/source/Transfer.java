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
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file, or a stretch of one, on its way into a {@code .part} file, going on where an earlier attempt stopped. Runs on one
 * thread; its progress may be read by another.
 */
final class Transfer {
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)");

    private static final long UNKNOWN_BYTES_MAX = 64 << 20; // of what nobody said how long it is

    private final HubClient client;
    private final String path;
    private final Path part;
    private final Stretch stretch;
    private Optional<String> etag = Optional.empty();
    private volatile long bytes;

    /**
     * What to fetch.
     *
     * @param start first byte
     * @param end byte after the last; -1 when the file's size is unknown and all of it is wanted
     * @param fileBytes size of the whole file; -1 when it is unknown
     */
    record Stretch(long start, long end, long fileBytes) {

        static Stretch whole(long fileBytes) {
            return new Stretch(0, fileBytes, fileBytes);
        }

        /** -1 when it is unknown. */
        long bytes() {
            return end < 0 ? -1 : end - start;
        }

        boolean isWhole() {
            return start == 0 && end == fileBytes;
        }
    }

    /**
     * Prepares; {@link #run} does it.
     *
     * @param path of the file below the hub's endpoint
     */
    Transfer(HubClient client, String path, Path part, Stretch stretch) {
        this.client = client;
        this.path = path;
        this.part = part;
        this.stretch = stretch;
    }

    /** How many are there. */
    long bytes() {
        return bytes;
    }

    /** How many there will be; -1 when unknown. */
    private long bytesTotal() {
        return stretch.bytes();
    }

    /** What the hub calls this version of the file; empty before an answer came, or when it does not say. */
    Optional<String> etag() {
        return etag;
    }

    /** Says which version the file must be of. */
    void expect(Optional<String> version) {
        etag = version;
    }

    /**
     * Fetches what is missing.
     *
     * @throws RangeIgnoredException when the hub sends all of a file of which a later stretch was asked for
     * @throws ChangedException when the hub has another version than the one that was begun
     */
    void run() throws IOException, InterruptedException {
        long there = Files.exists(part) ? Files.size(part) : 0;
        if (bytesTotal() >= 0 && there > bytesTotal()) {
            Files.delete(part); // another version of the file
            there = 0;
        }
        bytes = there;
        if (there == bytesTotal() && Files.exists(part)) {
            return;
        }
        long from = stretch.start() + there;
        HubClient.Answer answer = client.get(path, range(from));
        HttpResponse<InputStream> response = answer.response();
        try (InputStream in = response.body()) {
            boolean goesOn = response.statusCode() == 206;
            if (goesOn) {
                checkRange(response.headers().firstValue("content-range").orElse(""), from);
            } else if (stretch.start() > 0) {
                throw new RangeIgnoredException(path);
            }
            checkVersion(answer.etag());
            copy(in, goesOn ? there : 0);
        }
    }

    private Map<String, String> range(long from) {
        if (from == 0 && stretch.isWhole()) {
            return Map.of();
        }
        return Map.of("Range", "bytes=" + from + "-" + (stretch.isWhole() ? "" : stretch.end() - 1));
    }

    private void checkRange(String contentRange, long from) throws IOException {
        Matcher matcher = CONTENT_RANGE.matcher(contentRange);
        boolean fits = matcher.matches() && Long.parseLong(matcher.group(1)) == from;
        if (!fits) {
            throw new IOException(
                    path + ": asked for bytes from " + from + ", got another range: \"" + contentRange + "\"");
        }
        String total = matcher.group(2);
        if (stretch.fileBytes() >= 0 && !total.equals("*") && Long.parseLong(total) != stretch.fileBytes()) {
            throw new ChangedException(path + " has " + total + " bytes now, it had " + stretch.fileBytes());
        }
    }

    private void checkVersion(Optional<String> now) throws IOException {
        if (etag.isPresent() && now.isPresent() && !etag.equals(now)) {
            throw new ChangedException(
                    path + " has changed while it was fetched: its ETag was " + etag.get() + " and is " + now.get());
        }
        if (now.isPresent()) {
            etag = now;
        }
    }

    private void copy(InputStream in, long start) throws IOException {
        long limit = bytesTotal();
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.truncate(start);
            out.position(start);
            long written = start;
            bytes = written;
            byte[] buffer = new byte[1 << 16];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (limit >= 0 && written + count > limit) {
                    if (stretch.isWhole()) {
                        throw HubException.permanent(
                                path + " is longer than the " + limit + " bytes that were announced");
                    }
                    count = (int) (limit - written);
                }
                if (limit < 0 && written + count > UNKNOWN_BYTES_MAX) {
                    throw HubException.permanent(path + " is longer than " + UNKNOWN_BYTES_MAX + " bytes");
                }
                write(out, ByteBuffer.wrap(buffer, 0, count));
                written += count;
                bytes = written;
                if (written == limit) {
                    break;
                }
            }
        }
        if (limit >= 0 && bytes != limit) {
            throw new IOException(path + " ended after " + bytes + " of " + limit + " bytes");
        }
    }

    private static void write(FileChannel out, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            out.write(buffer);
        }
    }
}

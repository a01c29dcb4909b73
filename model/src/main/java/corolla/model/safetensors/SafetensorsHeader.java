package corolla.model.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import corolla.model.family.CheckpointException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file, checked as the reference implementation does: tensors lie one after another from the
 * first byte of the data to the last. Immutable.
 *
 * @param entries by name, in the header's order
 * @param dataStart where the data begins in the file
 * @param fileBytes size of the file, whether all of it is here or not
 */
public record SafetensorsHeader(Map<String, SafetensorsEntry> entries, long dataStart, long fileBytes) {
    /** Bytes before the JSON. */
    public static final int LENGTH_BYTES = 8;

    /** An index entry takes about 100 bytes; the largest expert models have some 100,000 tensors. The reference allows 100 MB. */
    private static final long JSON_BYTES_MAX = 64 << 20;

    private static final int TENSORS_MAX = 1 << 18;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    public SafetensorsHeader {
        entries = Collections.unmodifiableMap(entries);
    }

    /**
     * Bytes of the JSON, from the first eight bytes of a file.
     *
     * @param fileBytes size of the file, or {@code Long.MAX_VALUE} when it is unknown
     * @throws CheckpointException when no header can have that length
     */
    public static int jsonBytes(byte[] first, long fileBytes) throws CheckpointException {
        long length = first.length < LENGTH_BYTES
                ? -1
                : ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 2 || length > JSON_BYTES_MAX || length > fileBytes - LENGTH_BYTES) {
            throw new CheckpointException("header of " + Long.toUnsignedString(length) + " bytes in a file of "
                    + fileBytes + " (at most " + JSON_BYTES_MAX + "): not a safetensors file, or cut");
        }
        return (int) length;
    }

    /**
     * Parses the JSON.
     *
     * @param fileBytes size of the file; when it is unknown, negative: then the size is what the tensors need
     * @throws CheckpointException when it is broken, or describes what the file does not have
     */
    public static SafetensorsHeader parse(byte[] json, long fileBytes) throws IOException {
        long dataStart = (long) LENGTH_BYTES + json.length;
        long dataBytesMax = fileBytes < 0 ? Long.MAX_VALUE - dataStart : fileBytes - dataStart;
        Map<String, SafetensorsEntry> entries = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(utf8(json))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new CheckpointException("header is not a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals("__metadata__")) {
                    parser.skipChildren();
                } else {
                    entries.put(name, TensorJson.read(name, parser).place(dataStart, dataBytesMax));
                }
                if (entries.size() > TENSORS_MAX) {
                    throw new CheckpointException("header describes more than " + TENSORS_MAX + " tensors");
                }
            }
            if (parser.nextToken() != null) {
                throw new CheckpointException("header goes on after its JSON object");
            }
        } catch (JsonProcessingException broken) {
            throw new CheckpointException("header is not JSON: " + broken.getOriginalMessage(), broken);
        }
        long end = checkPlaces(entries, dataStart);
        if (fileBytes >= 0 && end != fileBytes) {
            throw new CheckpointException(
                    "its tensors end at byte " + end + ", the file has " + fileBytes + ": fetch it again");
        }
        return new SafetensorsHeader(entries, dataStart, end);
    }

    /** The format is UTF-8 only; the parser would guess others from the first bytes. */
    private static Reader utf8(byte[] json) {
        return new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8);
    }

    /** Tensors by their place in the file. */
    public List<SafetensorsEntry> inOrder() {
        return inOrder(entries);
    }

    private static List<SafetensorsEntry> inOrder(Map<String, SafetensorsEntry> entries) {
        List<SafetensorsEntry> inOrder = new ArrayList<>(entries.values());
        inOrder.sort(Comparator.comparingLong(SafetensorsEntry::start).thenComparingLong(SafetensorsEntry::end));
        return inOrder;
    }

    /** Returns where the last tensor ends. */
    private static long checkPlaces(Map<String, SafetensorsEntry> entries, long dataStart) throws CheckpointException {
        long end = dataStart;
        String before = "the header";
        for (SafetensorsEntry entry : inOrder(entries)) {
            if (entry.start() < end) {
                throw new CheckpointException("tensors " + before + " and " + entry.name() + " overlap");
            }
            if (entry.start() > end) {
                throw new CheckpointException("between " + before + " and tensor " + entry.name() + " lie "
                        + (entry.start() - end) + " bytes of no tensor");
            }
            end = entry.end();
            before = entry.name();
        }
        return end;
    }
}

package corolla.base.msgpack;

import corolla.base.ProtocolException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.msgpack.core.ExtensionTypeHeader;
import org.msgpack.core.MessageFormat;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;

/** Reads values that a peer wrote: every count is checked against the bytes that are left before it is believed. */
final class PackReader {
    /** Nesting, tuples included. The deepest value that Petals sends has six levels; the stack must survive hostile ones. */
    static final int DEPTH_MAX = 64;

    /** Far above any record or metadata; tensors travel outside of MessagePack. */
    static final int BYTES_MAX = 16 << 20;

    /** What Java reads in place of malformed UTF-8. */
    private static final char REPLACEMENT = '\uFFFD';

    private final byte[] bytes;
    private final int from;
    private final int size;
    private final MessageUnpacker in;

    private PackReader(byte[] bytes, int from, int size) {
        this.bytes = bytes;
        this.from = from;
        this.size = size;
        this.in = MessagePack.newDefaultUnpacker(bytes, from, size);
    }

    static Pack decode(byte[] bytes) throws ProtocolException {
        if (bytes.length > BYTES_MAX) {
            throw new ProtocolException("MessagePack value of " + bytes.length + " bytes exceeds " + BYTES_MAX);
        }
        return new PackReader(bytes, 0, bytes.length).readAll(0);
    }

    private Pack readAll(int depth) throws ProtocolException {
        try {
            Pack pack = read(depth);
            if (left() != 0) {
                throw new ProtocolException(left() + " bytes left over after a MessagePack value");
            }
            return pack;
        } catch (MessagePackException | CharacterCodingException e) {
            throw new ProtocolException(
                    "malformed MessagePack at byte " + in.getTotalReadBytes() + " of " + size + ": " + e.getMessage(),
                    e);
        } catch (ProtocolException e) {
            throw e;
        } catch (IOException e) {
            throw new ProtocolException("malformed MessagePack: " + e.getMessage(), e);
        }
    }

    private Pack read(int depth) throws IOException {
        if (depth > DEPTH_MAX) {
            throw new ProtocolException("MessagePack value is nested deeper than " + DEPTH_MAX);
        }
        return switch (in.getNextFormat().getValueType()) {
            case NIL -> {
                in.unpackNil();
                yield new Pack.Nil();
            }
            case BOOLEAN -> new Pack.Bool(in.unpackBoolean());
            case INTEGER -> readInteger();
            case FLOAT -> new Pack.Float(in.unpackDouble());
            case STRING -> new Pack.Text(text(checkCount(in.unpackRawStringHeader(), 1)));
            case BINARY -> new Pack.Bytes(payload(in.unpackBinaryHeader()));
            case ARRAY -> new Pack.Sequence(readArray(depth));
            case MAP -> new Pack.Dictionary(readMap(depth));
            case EXTENSION -> readExtension(depth);
        };
    }

    private Pack readInteger() throws IOException {
        if (in.getNextFormat() != MessageFormat.UINT64) {
            return new Pack.Int(in.unpackLong());
        }
        BigInteger value = in.unpackBigInteger();
        return value.bitLength() < Long.SIZE ? new Pack.Int(value.longValue()) : new Pack.Unsigned(value.longValue());
    }

    private List<Pack> readArray(int depth) throws IOException {
        int count = checkCount(in.unpackArrayHeader(), 1);
        List<Pack> elements = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            elements.add(read(depth + 1));
        }
        return elements;
    }

    private Map<Pack, Pack> readMap(int depth) throws IOException {
        int count = checkCount(in.unpackMapHeader(), 2);
        Map<Pack, Pack> entries = LinkedHashMap.newLinkedHashMap(count);
        for (int i = 0; i < count; i++) {
            Pack key = read(depth + 1);
            entries.put(key, read(depth + 1)); // a key that comes twice: the last one counts, as in Python
        }
        return entries;
    }

    private Pack readExtension(int depth) throws IOException {
        ExtensionTypeHeader header = in.unpackExtensionTypeHeader();
        if (header.getType() != Pack.Tuple.CODE) {
            return new Pack.Extension(header.getType(), payload(header.getLength()));
        }
        int count = checkCount(header.getLength(), 1);
        PackReader inside = new PackReader(bytes, skip(count), count);
        if (!(inside.readAll(depth + 1) instanceof Pack.Sequence sequence)) {
            throw new ProtocolException("the payload of a MessagePack tuple is no array");
        }
        return new Pack.Tuple(sequence.elements());
    }

    private int checkCount(int count, int bytesEach) throws ProtocolException {
        if (count < 0 || (long) count * bytesEach > left()) {
            throw new ProtocolException("MessagePack promises " + Integer.toUnsignedString(count)
                    + " elements, but only " + left() + " bytes are left");
        }
        return count;
    }

    private byte[] payload(int count) throws IOException {
        return in.readPayload(checkCount(count, 1));
    }

    /** Passes over bytes that are there; returns where they begin. */
    private int skip(int count) throws IOException {
        int start = from + (int) in.getTotalReadBytes();
        in.readPayloadAsReference(count);
        return start;
    }

    private long left() {
        return size - in.getTotalReadBytes();
    }

    /** Strictly UTF-8. */
    private String text(int count) throws IOException {
        int start = skip(count);
        String text = new String(bytes, start, count, StandardCharsets.UTF_8);
        if (text.indexOf(REPLACEMENT) >= 0) { // it was written, or stands for what is malformed
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, start, count))
                    .toString();
        }
        return text;
    }
}

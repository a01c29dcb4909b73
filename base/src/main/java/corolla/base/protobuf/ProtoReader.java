package corolla.base.protobuf;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import corolla.base.ProtocolException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.DoubleConsumer;
import java.util.function.LongConsumer;

/**
 * Reads the fields of one message in the order of the wire. Lengths are checked against the bytes at hand before anything is
 * allocated; anything malformed is a {@link ProtocolException}. Borrows its bytes. Confined to one thread.
 */
public final class ProtoReader {
    private final byte[] bytes;
    private final int from;
    private final int count;
    private final CodedInputStream in;
    private int tag;

    private ProtoReader(byte[] bytes, int from, int to) {
        Objects.checkFromToIndex(from, to, bytes.length);
        this.bytes = bytes;
        this.from = from;
        this.count = to - from;
        this.in = CodedInputStream.newInstance(bytes, from, to - from);
    }

    public static ProtoReader of(byte[] bytes) {
        return new ProtoReader(bytes, 0, bytes.length);
    }

    /** A message that occupies {@code [from, to)} of {@code bytes}. */
    public static ProtoReader of(byte[] bytes, int from, int to) {
        return new ProtoReader(bytes, from, to);
    }

    /**
     * Goes to the next field, whose value must then be read or skipped.
     *
     * @return its tag, or 0 at the end of the message
     */
    public int next() throws ProtocolException {
        tag = read(CodedInputStream::readTag);
        return tag;
    }

    /** The number of the field that {@link #next} found. */
    public int field() {
        return WireFormat.getTagFieldNumber(tag);
    }

    public byte[] bytes() throws ProtocolException {
        expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
        return read(CodedInputStream::readByteArray);
    }

    /** The bytes of a field in place: a view of the message, nothing is copied. For tensors. */
    public MemorySegment slice() throws ProtocolException {
        ProtoReader view = message();
        return MemorySegment.ofArray(bytes).asSlice(view.from, view.count);
    }

    /** Text, which must be valid UTF-8. */
    public String string() throws ProtocolException {
        expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
        return read(CodedInputStream::readStringRequireUtf8);
    }

    /** Any of int32, int64, uint32, uint64 and enum. */
    public long varint() throws ProtocolException {
        expect(WireFormat.WIRETYPE_VARINT);
        return read(CodedInputStream::readInt64);
    }

    /** An int32, uint32 or enum: the low 32 bits, as other implementations read it. */
    public int int32() throws ProtocolException {
        return (int) varint();
    }

    public boolean bool() throws ProtocolException {
        return varint() != 0;
    }

    public double float64() throws ProtocolException {
        expect(WireFormat.WIRETYPE_FIXED64);
        return read(CodedInputStream::readDouble);
    }

    /** An embedded message: a view of the same bytes, nothing is copied. This reader goes on behind it. */
    public ProtoReader message() throws ProtocolException {
        expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
        int count = length();
        int start = from + in.getTotalBytesRead();
        skipRaw(count);
        return new ProtoReader(bytes, start, start + count);
    }

    /** One element or a packed run of a repeated integer field: both forms may be met. */
    public void varints(LongConsumer each) throws ProtocolException {
        if (wireType() != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
            each.accept(varint());
            return;
        }
        ProtoReader run = message();
        while (!run.isAtEnd()) {
            each.accept(run.read(CodedInputStream::readInt64));
        }
    }

    /** One element or a packed run of a repeated double field: both forms may be met. */
    public void float64s(DoubleConsumer each) throws ProtocolException {
        if (wireType() != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
            each.accept(float64());
            return;
        }
        ProtoReader run = message();
        while (!run.isAtEnd()) {
            each.accept(run.read(CodedInputStream::readDouble));
        }
    }

    /** Passes over the field that {@link #next} found. */
    public void skip() throws ProtocolException {
        boolean skipped = read(source -> source.skipField(tag));
        if (!skipped) {
            throw new ProtocolException("protobuf group ends that never began, at byte " + in.getTotalBytesRead());
        }
    }

    private interface Read<T> {
        T from(CodedInputStream in) throws IOException;
    }

    private <T> T read(Read<T> what) throws ProtocolException {
        try {
            return what.from(in);
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    private boolean isAtEnd() throws ProtocolException {
        return read(CodedInputStream::isAtEnd);
    }

    private int length() throws ProtocolException {
        int count = read(CodedInputStream::readRawVarint32);
        if (count < 0) {
            throw new ProtocolException("protobuf length " + count + " of field " + field() + " is negative");
        }
        return count;
    }

    private void skipRaw(int count) throws ProtocolException {
        read(source -> {
            source.skipRawBytes(count);
            return true;
        });
    }

    private int wireType() {
        return WireFormat.getTagWireType(tag);
    }

    private void expect(int wireType) throws ProtocolException {
        if (wireType() != wireType) {
            throw new ProtocolException(
                    "protobuf field " + field() + " has wire type " + wireType() + " instead of " + wireType);
        }
    }

    private ProtocolException malformed(IOException cause) {
        return new ProtocolException(
                "malformed protobuf at byte " + in.getTotalBytesRead() + " in field " + field() + ": "
                        + cause.getMessage(),
                cause);
    }
}

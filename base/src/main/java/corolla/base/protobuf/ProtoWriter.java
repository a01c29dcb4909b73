package corolla.base.protobuf;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects the fields of one message and writes them in the order of the calls. Each method writes its field even when the
 * value is zero or empty; the {@code …IfSet} variants leave such a field out, as proto3 does. Arrays are borrowed until
 * {@link #toByteArray}. Confined to one thread.
 */
public final class ProtoWriter {
    private final List<Field> fields = new ArrayList<>();
    private int size;

    /** An empty message. */
    public ProtoWriter() {}

    /** One field with its tag: how long it is, and how it is written. */
    private interface Field {
        void write(CodedOutputStream out) throws IOException;
    }

    public ProtoWriter bytes(int field, byte[] value) {
        return add(CodedOutputStream.computeByteArraySize(field, value), out -> out.writeByteArray(field, value));
    }

    /** The {@code count} bytes of {@code value} from {@code from} on. */
    public ProtoWriter bytes(int field, byte[] value, int from, int count) {
        return add(lengthDelimitedSize(field, count), out -> {
            out.writeTag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(count);
            out.write(value, from, count);
        });
    }

    public ProtoWriter string(int field, String value) {
        return add(CodedOutputStream.computeStringSize(field, value), out -> out.writeString(field, value));
    }

    /** Any of int32, int64, uint32, uint64 and enum: a negative number takes ten bytes. */
    public ProtoWriter varint(int field, long value) {
        return add(CodedOutputStream.computeInt64Size(field, value), out -> out.writeInt64(field, value));
    }

    public ProtoWriter bool(int field, boolean value) {
        return add(CodedOutputStream.computeBoolSize(field, value), out -> out.writeBool(field, value));
    }

    public ProtoWriter float64(int field, double value) {
        return add(CodedOutputStream.computeDoubleSize(field, value), out -> out.writeDouble(field, value));
    }

    /** An embedded message, as it stands at this call: later additions to {@code message} are a mistake. */
    public ProtoWriter message(int field, ProtoWriter message) {
        int messageSize = message.size;
        return add(lengthDelimitedSize(field, messageSize), out -> {
            out.writeTag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(messageSize);
            message.writeTo(out);
        });
    }

    /** A repeated field of varints in one packed run, as proto3 writes it; nothing at all when empty. */
    public ProtoWriter packedVarints(int field, long... values) {
        if (values.length == 0) {
            return this;
        }
        int sum = 0;
        for (long value : values) {
            sum = Math.addExact(sum, CodedOutputStream.computeInt64SizeNoTag(value));
        }
        int payload = sum;
        return add(lengthDelimitedSize(field, payload), out -> {
            out.writeTag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(payload);
            for (long value : values) {
                out.writeInt64NoTag(value);
            }
        });
    }

    /** A repeated field of doubles in one packed run, as proto3 writes it; nothing at all when empty. */
    public ProtoWriter packedDoubles(int field, double... values) {
        if (values.length == 0) {
            return this;
        }
        int payload = Math.multiplyExact(values.length, Double.BYTES);
        return add(lengthDelimitedSize(field, payload), out -> {
            out.writeTag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(payload);
            for (double value : values) {
                out.writeDoubleNoTag(value);
            }
        });
    }

    public ProtoWriter repeatedBytes(int field, Iterable<byte[]> values) {
        for (byte[] value : values) {
            bytes(field, value);
        }
        return this;
    }

    public ProtoWriter repeatedStrings(int field, Iterable<String> values) {
        for (String value : values) {
            string(field, value);
        }
        return this;
    }

    public ProtoWriter bytesIfSet(int field, byte[] value) {
        return value.length == 0 ? this : bytes(field, value);
    }

    public ProtoWriter stringIfSet(int field, String value) {
        return value.isEmpty() ? this : string(field, value);
    }

    public ProtoWriter varintIfSet(int field, long value) {
        return value == 0 ? this : varint(field, value);
    }

    public ProtoWriter boolIfSet(int field, boolean value) {
        return value ? bool(field, true) : this;
    }

    /** Leaves out +0.0 only: −0.0 is a value, as in protobuf's own implementations. */
    public ProtoWriter float64IfSet(int field, double value) {
        return Double.doubleToRawLongBits(value) == 0 ? this : float64(field, value);
    }

    /** Bytes of the message so far. */
    public int size() {
        return size;
    }

    public byte[] toByteArray() {
        byte[] bytes = new byte[size];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException("a message of " + size + " bytes was changed while it was written", e);
        }
        out.checkNoSpaceLeft();
        return bytes;
    }

    private void writeTo(CodedOutputStream out) throws IOException {
        for (Field field : fields) {
            field.write(out);
        }
    }

    private ProtoWriter add(int fieldSize, Field field) {
        size = Math.addExact(size, fieldSize);
        fields.add(field);
        return this;
    }

    private static int lengthDelimitedSize(int field, int payload) {
        return CodedOutputStream.computeTagSize(field)
                + Math.addExact(CodedOutputStream.computeUInt32SizeNoTag(payload), payload);
    }
}

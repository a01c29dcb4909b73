package corolla.model.gguf;

import corolla.model.family.CheckpointException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads a GGUF header from start to end; every length is checked before it is believed. Confined to one thread. */
final class GgufCursor {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment file;
    private long at;

    GgufCursor(MemorySegment file) {
        this.file = file;
    }

    long position() {
        return at;
    }

    byte int8() throws CheckpointException {
        return file.get(ValueLayout.JAVA_BYTE, advance(1));
    }

    short int16() throws CheckpointException {
        return file.get(SHORT, advance(2));
    }

    int int32() throws CheckpointException {
        return file.get(INT, advance(4));
    }

    long int64() throws CheckpointException {
        return file.get(LONG, advance(8));
    }

    /** A count of things that take at least {@code bytesEach} bytes, so that no array is made that the file cannot fill. */
    long count(String what, long bytesEach, long max) throws CheckpointException {
        long count = int64();
        if (count < 0 || count > max || count > (file.byteSize() - at) / bytesEach) {
            throw new CheckpointException("GGUF header has " + Long.toUnsignedString(count) + " " + what + " at byte "
                    + (at - 8) + ", allowed are " + max + " and the rest of the file is " + (file.byteSize() - at)
                    + " bytes");
        }
        return count;
    }

    String text(String what, int bytesMax) throws CheckpointException {
        int length = (int) count("bytes of " + what, 1, bytesMax);
        byte[] bytes = new byte[length];
        MemorySegment.copy(file, ValueLayout.JAVA_BYTE, advance(length), bytes, 0, length);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    void skip(int bytes) throws CheckpointException {
        advance(bytes);
    }

    /** A copy of what has been read, from {@code start} to {@code end}. */
    byte[] bytes(long start, long end) {
        return file.asSlice(start, end - start).toArray(ValueLayout.JAVA_BYTE);
    }

    private long advance(long bytes) throws CheckpointException {
        if (bytes > file.byteSize() - at) {
            throw new CheckpointException("GGUF header ends after " + file.byteSize() + " bytes, " + bytes
                    + " more are expected at byte " + at + ": the file is cut, fetch it again");
        }
        long start = at;
        at += bytes;
        return start;
    }
}

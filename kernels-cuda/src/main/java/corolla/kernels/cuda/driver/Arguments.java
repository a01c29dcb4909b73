package corolla.kernels.cuda.driver;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The arguments of one launch, in the order of the kernel's parameters; the launch copies them. Each begins at a word of eight bytes, little-endian
 * as every host of CUDA is, and what it leaves of its last word is zero: so equal arguments are equal words. Confined: one launch at a time.
 */
public final class Arguments {
    static final int WORDS_MAX = 64;

    private final long[] words = new long[WORDS_MAX];
    private final int[] starts = new int[WORDS_MAX];
    private int used;
    private int count;

    /** None yet. */
    public Arguments() {}

    /** Forgets what was there. */
    public Arguments clear() {
        used = 0;
        count = 0;
        return this;
    }

    /** A pointer, or a 64-bit number. */
    public Arguments wide(long value) {
        words[next(1)] = value;
        return this;
    }

    public Arguments integer(int value) {
        words[next(1)] = Integer.toUnsignedLong(value);
        return this;
    }

    public Arguments real(float value) {
        return integer(Float.floatToRawIntBits(value));
    }

    /** A structure of 32-bit numbers. */
    public Arguments integers(int... values) {
        int at = next((values.length + 1) / 2);
        for (int i = 0; i < values.length; i++) {
            long value = Integer.toUnsignedLong(values[i]);
            words[at + i / 2] = i % 2 == 0 ? value : words[at + i / 2] | value << Integer.SIZE;
        }
        return this;
    }

    /** A structure whose parts are aligned to 8 bytes at most. */
    public Arguments structure(MemorySegment bytes) {
        int size = Math.toIntExact(Math.ceilDiv(bytes.byteSize(), (long) Long.BYTES));
        int at = next(size);
        words[at + size - 1] = 0;
        MemorySegment.copy(bytes, 0, MemorySegment.ofArray(words), (long) Long.BYTES * at, bytes.byteSize());
        return this;
    }

    private int next(int size) {
        int first = used;
        if (first + size > WORDS_MAX) {
            throw new IllegalStateException("more than " + WORDS_MAX + " words of arguments for a kernel");
        }
        starts[count++] = first;
        used += size;
        return first;
    }

    /** All words, copied. */
    long[] words() {
        return Arrays.copyOf(words, used);
    }

    /** The word that each argument begins at, copied. */
    int[] starts() {
        return Arrays.copyOf(starts, count);
    }
}

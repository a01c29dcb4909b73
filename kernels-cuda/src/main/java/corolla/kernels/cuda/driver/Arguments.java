package corolla.kernels.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The arguments of one launch, in the order of the kernel's parameters; the launch copies them. Confined: one launch at a time. */
public final class Arguments {
    private static final int SLOTS_MAX = 64;

    private final MemorySegment slots; // 8 bytes each
    private final MemorySegment pointers; // an argument each
    private int slot;
    private int count;

    /** Its memory lives in the arena. */
    public Arguments(Arena arena) {
        this.slots = arena.allocate(ValueLayout.JAVA_LONG, SLOTS_MAX);
        this.pointers = arena.allocate(ValueLayout.ADDRESS, SLOTS_MAX);
    }

    /** Forgets what was there. */
    public Arguments clear() {
        slot = 0;
        count = 0;
        return this;
    }

    /** A pointer, or a 64-bit number. */
    public Arguments wide(long value) {
        slots.setAtIndex(ValueLayout.JAVA_LONG, next(1), value);
        return this;
    }

    public Arguments integer(int value) {
        slots.set(ValueLayout.JAVA_INT, 8L * next(1), value);
        return this;
    }

    public Arguments real(float value) {
        slots.set(ValueLayout.JAVA_FLOAT, 8L * next(1), value);
        return this;
    }

    /** A structure of 32-bit numbers. */
    public Arguments integers(int... values) {
        long at = 8L * next((values.length + 1) / 2);
        for (int i = 0; i < values.length; i++) {
            slots.set(ValueLayout.JAVA_INT, at + 4L * i, values[i]);
        }
        return this;
    }

    /** A structure whose parts are aligned to 8 bytes at most. */
    public Arguments structure(MemorySegment bytes) {
        long at = 8L * next(Math.toIntExact(Math.ceilDiv(bytes.byteSize(), 8L)));
        MemorySegment.copy(bytes, 0, slots, at, bytes.byteSize());
        return this;
    }

    private int next(int size) {
        int first = slot;
        if (first + size > SLOTS_MAX) {
            throw new IllegalStateException("more than " + SLOTS_MAX + " slots of arguments for a kernel");
        }
        pointers.setAtIndex(ValueLayout.ADDRESS, count, slots.asSlice(8L * first));
        slot += size;
        count++;
        return first;
    }

    MemorySegment pointers() {
        return pointers;
    }
}

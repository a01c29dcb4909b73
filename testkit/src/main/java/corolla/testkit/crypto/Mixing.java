package corolla.testkit.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** A fast hash of bytes that is no secret to anybody. Stateless. */
final class Mixing {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Mixing() {}

    static long mix(long hash, long value) {
        long mixed = (hash ^ value) * 0x9E37_79B9_7F4A_7C15L;
        return mixed ^ (mixed >>> 29);
    }

    static long mix(long hash, byte[] bytes, int from, int count) {
        long mixed = mix(hash, count);
        int at = from;
        int end = from + count;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            mixed = mix(mixed, (long) LONGS.get(bytes, at));
        }
        for (; at < end; at++) {
            mixed = mix(mixed, bytes[at]);
        }
        return mixed;
    }

    /** As many bytes as wanted, all drawn from one hash. */
    static void expand(long hash, byte[] into, int from, int count) {
        long drawn = hash;
        for (int i = 0; i < count; i++) {
            if (i % Long.BYTES == 0) {
                drawn = mix(drawn, i + 1);
            }
            into[from + i] = (byte) (drawn >>> (8 * (i % Long.BYTES)));
        }
    }

    /** What passes for the public half of 32 secret bytes; the top bit is clear, as X25519 ignores it. */
    static byte[] publicHalf(byte[] secret) {
        byte[] half = new byte[32];
        expand(mix(7, secret, 0, secret.length), half, 0, half.length);
        half[31] &= 0x7f;
        return half;
    }
}

package corolla.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class XorPointTest {
    private static final int BYTES = 20;

    private final Random random = new Random(7);

    @Test
    void distancesAndCommonBitsAreThoseOfUnsignedNumbers() {
        for (int shared = 0; shared <= BYTES; shared++) {
            byte[] here = new byte[BYTES];
            random.nextBytes(here);
            byte[] near = differing(here, shared);
            byte[] far = differing(here, shared);
            XorPoint point = new XorPoint(here);

            assertEquals(
                    distance(here, near).compareTo(distance(here, far)),
                    Integer.signum(point.compareDistance(new XorPoint(near), new XorPoint(far))));
            assertEquals(BYTES * Byte.SIZE - distance(here, near).bitLength(), point.commonBits(new XorPoint(near)));
        }
    }

    @Test
    void equalBytesAreThePointItself() {
        byte[] bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        byte[] others = {1, 2, 3, 4, 5, 6, 7, 8, 10};

        assertEquals(new XorPoint(bytes), new XorPoint(bytes.clone()));
        assertEquals(new XorPoint(bytes).hashCode(), new XorPoint(bytes.clone()).hashCode());
        assertNotEquals(new XorPoint(bytes), new XorPoint(others));
    }

    private byte[] differing(byte[] bytes, int from) {
        byte[] other = new byte[bytes.length];
        random.nextBytes(other);
        System.arraycopy(bytes, 0, other, 0, from);
        return other;
    }

    private static BigInteger distance(byte[] a, byte[] b) {
        return new BigInteger(1, a).xor(new BigInteger(1, b));
    }
}

package corolla.server;

import java.util.OptionalLong;

/**
 * How the memory that an operator or a device lends is shared out. Pure; immutable.
 *
 * @param blocks that fit
 * @param callBytes what is left for calls at work, at most
 */
record MemoryPlan(int blocks, long callBytes) {
    /** One part in so many is for calls at work: their activations, and what arrives. */
    private static final int CALLS_PART = 8;

    /** One part in so many of a device's free memory stays free: blocks of memory do not fill it, and loaded kernels take some. */
    private static final int RESERVE_PART = 20;

    /**
     * What a device lends.
     *
     * @param bytesFree that nobody has taken
     * @param bytesMax what the operator lends, if that is less
     */
    static long lent(long bytesFree, OptionalLong bytesMax) {
        return Math.min(bytesFree - bytesFree / RESERVE_PART, bytesMax.orElse(Long.MAX_VALUE));
    }

    /**
     * Shares out memory.
     *
     * @param bytesMax all of it
     * @param weightBytes of one block
     * @param cacheBytes of one block's keys and values
     * @param blocksMax of the model
     * @throws IllegalArgumentException when not one block fits
     */
    static MemoryPlan of(long bytesMax, long weightBytes, long cacheBytes, int blocksMax) {
        long calls = bytesMax / CALLS_PART;
        long fitting = (bytesMax - calls) / (weightBytes + cacheBytes);
        if (fitting < 1) {
            throw new IllegalArgumentException(bytesMax + " bytes of memory, less " + calls
                    + " for calls, do not hold one block: its weights take " + weightBytes + ", its cache " + cacheBytes
                    + " (fewer --attn-cache-tokens take less)");
        }
        return new MemoryPlan((int) Math.min(fitting, blocksMax), calls);
    }
}

package corolla.testkit;

import java.util.OptionalLong;

/** The way from one host to another, one direction of it. Confined to the loop. */
final class Way {
    private final long delayNanos;
    private OptionalLong fixedDelay = OptionalLong.empty();
    private OptionalLong bytesPerSecond = OptionalLong.empty();
    private double damageProbability;
    private boolean isCut;

    /** @param delayNanos drawn once for the pair of hosts */
    Way(long delayNanos) {
        this.delayNanos = delayNanos;
    }

    long delayNanos() {
        return fixedDelay.orElse(delayNanos);
    }

    void setDelayNanos(long nanos) {
        fixedDelay = OptionalLong.of(nanos);
    }

    /** What each connection carries here; empty: as the network's conditions say. */
    OptionalLong bytesPerSecond() {
        return bytesPerSecond;
    }

    void setBytesPerSecond(long bytes) {
        bytesPerSecond = OptionalLong.of(bytes);
    }

    /** Share of packets of which one byte arrives as another. */
    double damageProbability() {
        return damageProbability;
    }

    void setDamageProbability(double probability) {
        damageProbability = probability;
    }

    boolean isCut() {
        return isCut;
    }

    void setCut(boolean cut) {
        isCut = cut;
    }
}

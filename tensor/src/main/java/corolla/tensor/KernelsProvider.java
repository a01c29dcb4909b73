package corolla.tensor;

/** Offers kernels of one kind to {@link Kernels#best}; found by {@link java.util.ServiceLoader}. */
public interface KernelsProvider {

    /** One word: {@code scalar}, {@code cpu}. */
    String name();

    /** Higher is tried first; the scalar reference is 0. */
    int preference();

    /** Tries to start. Never throws for what the machine lacks: that is a refusal. */
    Offer offer(KernelsOptions options);

    /** What came of it. */
    sealed interface Offer {
        /** Ready kernels; the taker closes them. */
        record Ready(Kernels kernels) implements Offer {}

        /**
         * They cannot run here.
         *
         * @param reason what is missing, for the log
         */
        record Refused(String reason) implements Offer {}
    }
}

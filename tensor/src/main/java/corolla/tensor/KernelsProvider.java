package corolla.tensor;

/** Offers kernels of one kind to {@link Kernels#best}; found by {@link java.util.ServiceLoader}. */
public interface KernelsProvider {

    /** One word: {@code scalar}, {@code cpu}, {@code cuda}. */
    String name();

    /** Higher is tried first; the scalar reference is 0. */
    int preference();

    /** Whether it is asked at all; kernels of the processor are not where a GPU is wanted. */
    default boolean serves(DeviceChoice device) {
        return !(device instanceof DeviceChoice.Cuda);
    }

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
         * @param help where it was looked for and what to do, for who asked for just these; may be empty
         */
        record Refused(String reason, String help) implements Offer {
            /** Without more to say. */
            public Refused(String reason) {
                this(reason, "");
            }
        }
    }
}

package corolla.tensor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the user wants kernels to run on. */
public sealed interface DeviceChoice {

    /** The first GPU where there is one that works, else the processor. */
    DeviceChoice AUTO = new Auto();

    /** The processor. */
    DeviceChoice CPU = new Cpu();

    /** Whatever is best here. */
    record Auto() implements DeviceChoice {
        @Override
        public String toString() {
            return "auto";
        }
    }

    /** The processor. */
    record Cpu() implements DeviceChoice {
        @Override
        public String toString() {
            return "cpu";
        }
    }

    /**
     * One GPU of NVIDIA's, and nothing else.
     *
     * @param ordinal from 0 on, in the driver's order
     */
    record Cuda(int ordinal) implements DeviceChoice {
        public Cuda {
            if (ordinal < 0) {
                throw new IllegalArgumentException("device cuda:" + ordinal);
            }
        }

        @Override
        public String toString() {
            return "cuda:" + ordinal;
        }
    }

    /**
     * Reads {@code auto}, {@code cpu}, {@code cuda:1}; {@code cuda} is the first.
     *
     * @throws IllegalArgumentException when it is none of these
     */
    static DeviceChoice parse(String text) {
        return switch (text) {
            case "auto" -> AUTO;
            case "cpu" -> CPU;
            case "cuda" -> new Cuda(0);
            default -> {
                Matcher cuda = Pattern.compile("cuda:(\\d{1,4})").matcher(text);
                if (!cuda.matches()) {
                    throw new IllegalArgumentException("device '" + text + "' is none of auto, cpu, cuda:0, cuda:1, …");
                }
                yield new Cuda(Integer.parseInt(cuda.group(1)));
            }
        };
    }
}

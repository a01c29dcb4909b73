package corolla.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** What the user wants kernels to run on. */
public sealed interface DeviceChoice {

    /** More GPUs than a machine has. */
    int MANY = 256;

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

    /**
     * Reads several: {@code cuda:0,cuda:2}, {@code cuda:0-3}, or one.
     *
     * @throws IllegalArgumentException when one is not understood, or named twice, or when several are not all GPUs by number
     */
    static List<DeviceChoice> parseAll(String text) {
        List<DeviceChoice> all = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher range = Pattern.compile("cuda:(\\d{1,4})-(\\d{1,4})").matcher(part.strip());
            if (!range.matches()) {
                all.add(parse(part.strip()));
                continue;
            }
            int first = Integer.parseInt(range.group(1));
            int last = Integer.parseInt(range.group(2));
            if (last < first || last - first >= MANY) {
                throw new IllegalArgumentException("devices '" + part + "': from " + first + " to " + last);
            }
            IntStream.rangeClosed(first, last).mapToObj(Cuda::new).forEach(all::add);
        }
        if (all.size() > 1 && !all.stream().allMatch(Cuda.class::isInstance)) {
            throw new IllegalArgumentException(
                    "devices '" + text + "': several must all be GPUs, such as cuda:0,cuda:1");
        }
        if (all.stream().distinct().count() < all.size()) {
            throw new IllegalArgumentException("devices '" + text + "' names one twice");
        }
        return List.copyOf(all);
    }
}

package corolla.cli.blocks;

import java.util.Locale;
import java.util.OptionalDouble;

/** What data sheets promise for dense products of bf16 with sums in f32. Stateless. */
final class DensePeak {

    /** By a part of the device's name, as its driver tells it; NVIDIA's data sheets, of cards with SXM sockets. */
    private enum Card {
        H100_SXM("h100 80gb hbm3", 989e12),
        H200_SXM("h200", 989e12),
        A100("a100", 312e12);

        private final String name;
        private final double flops;

        Card(String name, double flops) {
            this.name = name;
            this.flops = flops;
        }
    }

    private DensePeak() {}

    /** Operations a second; empty for a device that is not known. */
    static OptionalDouble of(String description) {
        String lower = description.toLowerCase(Locale.ROOT);
        for (Card card : Card.values()) {
            if (lower.contains(card.name)) {
                return OptionalDouble.of(card.flops);
            }
        }
        return OptionalDouble.empty();
    }
}

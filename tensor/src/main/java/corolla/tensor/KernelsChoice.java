package corolla.tensor;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.StringJoiner;

/** Takes the most preferred provider that starts. */
final class KernelsChoice {
    private static final System.Logger LOG = System.getLogger(Kernels.class.getName());

    private KernelsChoice() {}

    static Kernels best(KernelsOptions options) {
        List<KernelsProvider> providers = ServiceLoader.load(KernelsProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparingInt(KernelsProvider::preference).reversed())
                .toList();
        StringJoiner refusals = new StringJoiner("; ");
        for (KernelsProvider provider : providers) {
            switch (provider.offer(options)) {
                case KernelsProvider.Offer.Ready ready -> {
                    LOG.log(
                            System.Logger.Level.INFO,
                            "kernels {0}{1}",
                            ready.kernels().description(),
                            because(refusals));
                    return ready.kernels();
                }
                case KernelsProvider.Offer.Refused refused -> refusals.add(provider.name() + ": " + refused.reason());
            }
        }
        throw new IllegalStateException("no kernels found by ServiceLoader; refused: " + refusals);
    }

    private static String because(StringJoiner refusals) {
        return refusals.length() == 0 ? "" : " (not used: " + refusals + ")";
    }
}

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
        List<KernelsProvider> all = ServiceLoader.load(KernelsProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        return best(all, options);
    }

    static Kernels best(List<KernelsProvider> all, KernelsOptions options) {
        List<KernelsProvider> providers = all.stream()
                .filter(provider -> provider.serves(options.device()))
                .sorted(Comparator.comparingInt(KernelsProvider::preference).reversed())
                .toList();
        StringJoiner refusals = new StringJoiner("; ");
        StringJoiner help = new StringJoiner("; ");
        help.setEmptyValue("");
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
                case KernelsProvider.Offer.Refused refused -> {
                    refusals.add(provider.name() + ": " + refused.reason());
                    if (!refused.help().isEmpty()) {
                        help.add(refused.help());
                    }
                }
            }
        }
        throw new DeviceUnavailableException("no kernels for device " + options.device() + ": "
                + (refusals.length() == 0 ? "this build has none" : refusals)
                + (help.length() == 0 ? "" : ". " + help));
    }

    private static String because(StringJoiner refusals) {
        return refusals.length() == 0 ? "" : " (not used: " + refusals + ")";
    }
}

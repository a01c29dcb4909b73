package corolla.cli;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import corolla.model.adapter.LoraAdapter;
import corolla.model.source.ModelSource;
import corolla.server.ServerConfig;
import corolla.server.adapter.AdapterLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which LoRA adapters a server offers. */
final class AdapterOptions {
    private static final Duration FETCH_TIME = Duration.ofHours(1);

    @Option(
            names = "--adapters",
            paramLabel = "[NAME=]ADAPTER",
            arity = "0..*",
            split = ",",
            description =
                    "Serve these LoRA adapters too: folders as PEFT saves them, or Hugging Face ids (org/name[@revision]). Requests choose"
                            + " one by NAME, which is ADAPTER as it is written here where none is given. Write it behind MODEL.")
    private List<String> adapters = new ArrayList<>();

    @Option(
            names = "--adapters-dir",
            paramLabel = "FOLDER",
            description =
                    "Serve each subfolder as an adapter of its name. What appears there while the server runs is loaded, what"
                            + " vanishes is removed; requests that use it finish.")
    private @Nullable Path folder;

    @Option(
            names = "--adapters-memory",
            paramLabel = "SIZE",
            description = "What all adapters may take together, as 500MB or 2GiB. Default: 4GiB.")
    private @Nullable String memory;

    /** Sets what a server offers. */
    void choose(ServerConfig.Builder config, Environment environment, Console console, SourceOptions source) {
        offer(config, adapters, folder, environment, console, source);
        if (memory != null) {
            AdapterLimits usual = AdapterLimits.defaults();
            config.adapterLimits(usual.withMemory(usual.countMax(), bytes(memory)));
        }
    }

    /** Sets the adapters of one model, each {@code [NAME=]ADAPTER}, and a folder of others. */
    static void offer(
            ServerConfig.Builder config,
            List<String> adapters,
            @Nullable Path folder,
            Environment environment,
            Console console,
            SourceOptions source) {
        for (String text : adapters) {
            int equals = text.indexOf('=');
            String name = equals < 0 ? text : text.substring(0, equals);
            String adapter = text.substring(equals + 1);
            config.adapter(name, () -> open(adapter, environment, console, source));
        }
        config.adaptersFolder(folder);
    }

    private static long bytes(String text) {
        try {
            return Sizes.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UserException("--adapters-memory: " + e.getMessage(), e);
        }
    }

    /** Finds an adapter, fetches it where needed, and opens it; the caller closes it. */
    static LoraAdapter open(String adapter, Environment environment, Console console, SourceOptions source)
            throws IOException, InterruptedException {
        var bar = new ProgressBar(console);
        try (var found = new ModelSource(environment, source.config())) {
            Deadline deadline = Deadline.after(environment.clock(), FETCH_TIME);
            return LoraAdapter.open(found.resolveAdapter(adapter, bar::update, deadline));
        } finally {
            bar.finish();
        }
    }
}

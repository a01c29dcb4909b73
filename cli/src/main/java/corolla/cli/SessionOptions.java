package corolla.cli;

import corolla.client.session.Codecs;
import corolla.client.session.SessionConfig;
import corolla.p2p.PeerId;
import corolla.swarm.codec.Compression;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How this client talks to servers. */
final class SessionOptions {
    @Option(
            names = "--compression",
            paramLabel = "[PEER=]CODEC",
            split = ",",
            description =
                    "How hidden states are packed on their way to servers and back: none (the default), float16, meanstd_16bit,"
                            + " quantile_8bit, uniform_8bit or blockwise_8bit. Fewer bytes for slow links, and less exact answers."
                            + " PEER=CODEC says it for the link to one server.")
    private List<String> compression = new ArrayList<>();

    @Option(
            names = "--active-adapter",
            paramLabel = "NAME",
            description =
                    "Use this LoRA adapter: only servers that announce it under this name are asked ('corolla info' shows who has"
                            + " which). Where the model runs in this process: its folder or Hugging Face id.")
    private @Nullable String adapter;

    @Option(
            names = "--no-recovery",
            description =
                    "Do not keep what servers were sent, so that a lost server ends the session: saves memory, for each server"
                            + " four bytes times the width of the model for each token.")
    private boolean noRecovery;

    @Option(
            names = "--no-push",
            description = "All hidden states go through this client; servers do not hand them on to each other.")
    private boolean noPush;

    /** The LoRA adapter; empty for none. */
    String adapter() {
        return adapter == null ? "" : adapter;
    }

    /** Refuses what cannot be meant, before anything is fetched: options of links where there are none. */
    void checkFor(boolean isLocal) {
        codecs();
        if (isLocal && (!compression.isEmpty() || noRecovery || noPush)) {
            throw new UserException(
                    "--compression, --no-recovery and --no-push are about links to servers, but the model is"
                            + " to run in this process");
        }
    }

    SessionConfig sessions() {
        return SessionConfig.defaults()
                .withCodecs(codecs())
                .withKeepsInputs(!noRecovery)
                .withPushes(!noPush);
    }

    private Codecs.Choice codecs() {
        Codecs all = Codecs.PLAIN;
        Map<PeerId, Codecs> links = new LinkedHashMap<>();
        for (String given : compression) {
            int equals = given.indexOf('=');
            Codecs codecs = Codecs.of(codec(given.substring(equals + 1)));
            if (equals < 0) {
                all = codecs;
            } else {
                links.put(peer(given.substring(0, equals)), codecs);
            }
        }
        Codecs others = all;
        return server -> links.getOrDefault(server, others);
    }

    private static Compression codec(String name) {
        return Arrays.stream(Compression.values())
                .filter(codec -> codec.name().equalsIgnoreCase(name.strip().replace('-', '_')))
                .findFirst()
                .orElseThrow(() -> new UserException("--compression " + name + " is none of "
                        + Arrays.toString(Compression.values()).toLowerCase(Locale.ROOT)));
    }

    private static PeerId peer(String text) {
        try {
            return PeerId.parse(text.strip());
        } catch (IllegalArgumentException e) {
            throw new UserException("--compression " + text + "=…: this is no peer id: " + e.getMessage());
        }
    }
}

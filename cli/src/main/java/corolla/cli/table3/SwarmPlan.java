package corolla.cli.table3;

import corolla.cli.process.Programs;
import corolla.cli.synthetic.Weights;
import corolla.swarm.Span;
import corolla.tensor.DeviceChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which processes make a swarm, and how they are started. Pure.
 *
 * @param model folder of the checkpoint
 * @param budget how many blocks are in memory
 * @param weights how it keeps them
 * @param servers how many
 * @param devices that compute, which servers take in turn
 * @param fastProducts whether GPUs round activations to bf16
 * @param threads that compute in each server of the processor
 */
record SwarmPlan(
        Path model,
        BlockBudget budget,
        Weights weights,
        int servers,
        List<DeviceChoice> devices,
        boolean fastProducts,
        int threads) {
    private static final String PREFIX = "table3";

    /** The nodes' numbers: bootstrap node, servers, client. */
    static final int BOOTSTRAP = 0;

    int firstServer() {
        return 1;
    }

    int client() {
        return servers + 1;
    }

    int nodes() {
        return servers + 2;
    }

    /** What a server has: equal parts, as far as that goes. */
    Span span(int server) {
        int blocks = budget.shape().blocks();
        return new Span(server * blocks / servers, (server + 1) * blocks / servers);
    }

    List<String> bootstrapCommand(String address) {
        return Programs.corolla(heap(), List.of("dht", "--host-maddrs", listen(address)));
    }

    List<String> serverCommand(int server, String address, String peer) {
        Span span = span(server);
        List<String> arguments = new ArrayList<>(List.of("server", model.toString(), "--dht-prefix", PREFIX));
        arguments.addAll(List.of("--block-indices", span.toString(), "--initial-peers", peer));
        arguments.addAll(List.of("--alike-blocks", Integer.toString(budget.copiesOf(span.length()))));
        arguments.addAll(List.of("--host-maddrs", listen(address), "--use-relay", "never"));
        arguments.addAll(List.of("--attn-cache-tokens", Integer.toString(budget.cacheTokens())));
        DeviceChoice device = devices.get(server % devices.size());
        arguments.addAll(List.of("--device", device.toString(), "--throughput", "1", "--drain-timeout", "0"));
        if (device.equals(DeviceChoice.CPU)) {
            arguments.addAll(List.of("--threads", Integer.toString(threads)));
        }
        if (fastProducts) {
            arguments.add("--fast-products");
        }
        arguments.addAll(weights.serverArguments());
        return Programs.corolla(heap(), arguments);
    }

    List<String> clientCommand(String peer) {
        return Programs.corolla(
                heap(),
                List.of("bench", "table3-client", model.toString(), "--dht-prefix", PREFIX, "--initial-peers", peer));
    }

    /** What computes, for the report. */
    String computing() {
        if (devices.equals(List.of(DeviceChoice.CPU))) {
            return threads + (threads == 1 ? " compute thread in each" : " compute threads in each");
        }
        String all = devices.stream().map(DeviceChoice::toString).collect(Collectors.joining(", "));
        return devices.size() == 1 ? "all on " + all : "in turn on " + all;
    }

    private List<String> heap() {
        return List.of("-Xmx" + budget.heapMebibytes() + "m");
    }

    private static String listen(String address) {
        return "/ip4/" + address + "/tcp/0";
    }
}

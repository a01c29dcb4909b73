package corolla.cli;

import corolla.swarm.Span;
import corolla.tensor.DeviceChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What each server of a fleet gets of the command line that was typed for all. Immutable.
 *
 * @param typed the command line
 * @param devices one a server
 * @param port of the first server; the others take those that follow
 * @param identity file of the first server's key; the others' have its number behind
 * @param blocks that they share; empty: each chooses
 */
record FleetArguments(
        List<String> typed,
        List<DeviceChoice> devices,
        OptionalInt port,
        Optional<Path> identity,
        Optional<Span> blocks) {
    private static final String DEVICE = "--device";
    private static final String PORT = "--port";
    private static final String IDENTITY = "--identity-path";
    private static final String BLOCKS = "--block-indices";
    private static final Set<String> OWN = Set.of(DEVICE, PORT, IDENTITY, BLOCKS);

    FleetArguments {
        typed = List.copyOf(typed);
        devices = List.copyOf(devices);
        int servers = devices.size();
        blocks.filter(all -> all.length() < servers).ifPresent(all -> {
            throw new UserException(BLOCKS + " " + all + ": fewer blocks than the " + servers + " devices");
        });
    }

    /** The command line of one server, from 0 on. */
    List<String> of(int server) {
        List<String> arguments = new ArrayList<>();
        for (int i = 0; i < typed.size(); i++) {
            String word = typed.get(i);
            if (OWN.contains(word)) {
                i++; // and its value
            } else if (OWN.stream().noneMatch(option -> word.startsWith(option + "="))) {
                arguments.add(word);
            }
        }
        arguments.add(ServerCommand.IN_FLEET);
        arguments.addAll(List.of(DEVICE, devices.get(server).toString()));
        port.ifPresent(first -> arguments.addAll(List.of(PORT, Integer.toString(first == 0 ? 0 : first + server))));
        identity.ifPresent(first -> arguments.addAll(List.of(IDENTITY, first + (server == 0 ? "" : "." + server))));
        blocks.ifPresent(
                all -> arguments.addAll(List.of(BLOCKS, part(all, server).toString())));
        return arguments;
    }

    private Span part(Span all, int server) {
        int servers = devices.size();
        return new Span(
                all.start() + server * all.length() / servers, all.start() + (server + 1) * all.length() / servers);
    }
}

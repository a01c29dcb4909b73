package corolla.cli;

import corolla.base.multiformat.Multiaddr;
import corolla.p2p.PeerId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** Multiaddrs on a command line. */
final class Addresses {

    private Addresses() {}

    static Multiaddr parse(String text) {
        try {
            return Multiaddr.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException("'" + text + "' is not a multiaddr such as"
                    + " /ip4/192.0.2.1/tcp/31330/p2p/12D3Koo…: " + e.getMessage());
        }
    }

    /** One address to listen on or to tell. */
    static final class Converter implements ITypeConverter<Multiaddr> {
        @Override
        public Multiaddr convert(String value) {
            return parse(value);
        }
    }

    /**
     * Takes as many addresses as follow, and leaves what cannot be one: so MODEL may stand behind the option. Peers may be separated by
     * commas too.
     */
    static final class Consumer implements IParameterConsumer {
        @Override
        @SuppressWarnings("JdkObsolete") // picocli's own signature
        public void consumeParameters(Stack<String> arguments, ArgSpec option, CommandSpec command) {
            List<Multiaddr> known = option.getValue();
            var addresses = new ArrayList<Multiaddr>(known == null ? List.of() : known);
            int before = addresses.size();
            while (!arguments.isEmpty() && arguments.peek().startsWith("/")) {
                for (String text : arguments.pop().split(",")) {
                    addresses.add(convert(text.strip(), command));
                }
            }
            if (addresses.size() == before) {
                throw new ParameterException(
                        command.commandLine(),
                        name(option) + " wants one or more multiaddrs such as /ip4/192.0.2.1/tcp/31330/p2p/12D3Koo…"
                                + (arguments.isEmpty() ? "" : ", found '" + arguments.peek() + "'"));
            }
            option.setValue(addresses);
        }

        private static String name(ArgSpec option) {
            return option instanceof OptionSpec named ? named.longestName() : option.paramLabel();
        }

        private static Multiaddr convert(String text, CommandSpec command) {
            try {
                return parse(text);
            } catch (TypeConversionException e) {
                throw new ParameterException(command.commandLine(), e.getMessage());
            }
        }
    }

    /** Initial peers must say who they are. */
    static List<Multiaddr> withPeers(List<Multiaddr> addresses) {
        var missing = new ArrayDeque<Multiaddr>(addresses.stream()
                .filter(address -> PeerId.at(address).isEmpty())
                .toList());
        if (!missing.isEmpty()) {
            throw new UserException("initial peer " + missing.getFirst()
                    + " does not end in /p2p/ID: copy the whole line that its node printed");
        }
        return addresses;
    }
}

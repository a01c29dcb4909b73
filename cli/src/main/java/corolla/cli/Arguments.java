package corolla.cli;

import java.util.Arrays;

/** Small kindnesses to what people type. */
final class Arguments {

    private Arguments() {}

    /** {@code --initial_peers}, as Petals writes its flags, becomes {@code --initial-peers}. What follows "=" stays. */
    static String[] withDashes(String... arguments) {
        return Arrays.stream(arguments).map(Arguments::withDashes).toArray(String[]::new);
    }

    private static String withDashes(String argument) {
        if (!argument.startsWith("--") || argument.indexOf(' ') >= 0) {
            return argument;
        }
        int end = argument.indexOf('=');
        return end < 0
                ? argument.replace('_', '-')
                : argument.substring(0, end).replace('_', '-') + argument.substring(end);
    }
}

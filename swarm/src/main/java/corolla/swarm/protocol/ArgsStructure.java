package corolla.swarm.protocol;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.swarm.codec.WireTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the flat tensors of a request are the arguments of the call: argument {@code i} is tensor {@code order[i]}, or none.
 * On the wire a tuple of a tuple of arguments and a map of keyword arguments, where {@code __T<k>} stands for tensor k.
 * Keyword arguments are read and ignored, as stock servers do. Immutable.
 *
 * @param order a tensor's index, or -1 where an argument is not a tensor
 */
public record ArgsStructure(List<Integer> order) {
    private static final int NOT_A_TENSOR = -1;
    private static final int ARGUMENTS_MAX = 64;
    private static final byte[] PLACEHOLDER = {'_', '_', 'T'};
    private static final int INDEX_DIGITS_MAX = 4;

    public ArgsStructure {
        order = List.copyOf(order);
    }

    /** Tensor k is argument k: what every known client sends. */
    public static ArgsStructure flat(int count) {
        var order = new ArrayList<Integer>(count);
        for (int i = 0; i < count; i++) {
            order.add(i);
        }
        return new ArgsStructure(order);
    }

    public Pack write() {
        var arguments = new ArrayList<Pack>(order.size());
        for (int index : order) {
            arguments.add(index < 0 ? new Pack.Nil() : placeholder(index));
        }
        return Pack.tuple(new Pack.Tuple(arguments), Pack.map().build());
    }

    private static Pack placeholder(int index) {
        return new Pack.Bytes(("__T" + index).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    /** Reads what a client sent. */
    public static ArgsStructure read(Pack structure) throws ProtocolException {
        List<Pack> parts = structure.asList();
        if (parts.size() != 2) {
            throw new ProtocolException("args_structure has " + parts.size() + " parts, not 2");
        }
        List<Pack> arguments = parts.getFirst().asList();
        if (arguments.size() > ARGUMENTS_MAX) {
            throw new ProtocolException("args_structure has " + arguments.size() + " arguments");
        }
        var order = new ArrayList<Integer>(arguments.size());
        for (Pack argument : arguments) {
            order.add(argument instanceof Pack.Bytes bytes ? index(bytes.value()) : NOT_A_TENSOR);
        }
        return new ArgsStructure(order);
    }

    private static int index(byte[] placeholder) throws ProtocolException {
        int digits = placeholder.length - PLACEHOLDER.length;
        if (digits < 0 || !startsWithPlaceholder(placeholder)) {
            return NOT_A_TENSOR;
        }
        if (digits == 0 || digits > INDEX_DIGITS_MAX) {
            throw new ProtocolException("args_structure has a placeholder with " + digits + " digits");
        }
        int index = 0;
        for (int i = PLACEHOLDER.length; i < placeholder.length; i++) {
            int digit = placeholder[i] - '0';
            if (digit < 0 || digit > 9) {
                throw new ProtocolException("args_structure has a placeholder without a number");
            }
            index = index * 10 + digit;
        }
        return index;
    }

    private static boolean startsWithPlaceholder(byte[] bytes) {
        for (int i = 0; i < PLACEHOLDER.length; i++) {
            if (bytes[i] != PLACEHOLDER[i]) {
                return false;
            }
        }
        return true;
    }

    /** Argument {@code position} among {@code tensors}; empty when the call has no such argument or it is not a tensor. */
    public Optional<WireTensor> argument(List<WireTensor> tensors, int position) throws ProtocolException {
        int index = position < order.size() ? order.get(position) : NOT_A_TENSOR;
        if (index >= tensors.size()) {
            throw new ProtocolException(
                    "args_structure names tensor " + index + " of a request with " + tensors.size() + " tensors");
        }
        return index < 0 ? Optional.empty() : Optional.of(tensors.get(index));
    }
}

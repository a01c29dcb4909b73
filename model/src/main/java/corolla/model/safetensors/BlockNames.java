package corolla.model.safetensors;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells from a tensor's name which block it belongs to, whatever the family: {@code model.layers.7.mlp.up_proj.weight} is of 7. */
public final class BlockNames {
    private static final Pattern BLOCK = Pattern.compile("(?:^|\\.)(?:layers|layer|h|blocks|block)\\.(\\d{1,9})\\.");

    private BlockNames() {}

    /** The block's index; empty for embeddings, norms and heads outside blocks. */
    public static OptionalInt index(String tensor) {
        Matcher matcher = BLOCK.matcher(tensor);
        return matcher.find() ? OptionalInt.of(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
    }
}

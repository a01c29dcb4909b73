package corolla.model.tokenizer;

import java.util.Arrays;
import java.util.function.Function;

/**
 * Turns ids that come one by one into text, which it gives out in whole characters only. Confined to one thread at a time.
 *
 * <p>A token's text may depend on the one before it (a leading space, half a character), so a few ids are decoded again
 * each time, and what they add is given out: those before {@code read} are out, those from {@code context} on are kept.
 */
public final class StreamingDecoder {
    private static final String UNFINISHED = "\uFFFD";
    /** A character has four bytes at most; more ids than this without a whole one are garbage, not a beginning. */
    private static final int PENDING_MAX = 16;

    private final Function<int[], String> decode;
    private int[] ids = new int[64];
    private int count;
    private int read;

    StreamingDecoder(Function<int[], String> decode) {
        this.decode = decode;
    }

    /** The text that {@code id} completes; empty while a character is unfinished. */
    public String next(int id) {
        add(id);
        String all = text(count);
        boolean whole = !all.endsWith(UNFINISHED) || count - read > PENDING_MAX;
        return whole ? giveOut(all) : "";
    }

    /** What is left at the end: unfinished bytes come as U+FFFD. */
    public String finish() {
        return giveOut(text(count));
    }

    private String giveOut(String all) {
        String before = text(read);
        String added = all.length() > before.length() ? all.substring(before.length()) : "";
        if (!added.isEmpty() || count > PENDING_MAX) { // hidden tokens alone make no context
            System.arraycopy(ids, read, ids, 0, count - read);
            count -= read;
        }
        read = count;
        return added;
    }

    private String text(int end) {
        return decode.apply(Arrays.copyOf(ids, end));
    }

    private void add(int id) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, 2 * count);
        }
        ids[count] = id;
        count++;
    }
}

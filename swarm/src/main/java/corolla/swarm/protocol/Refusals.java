package corolla.swarm.protocol;

import java.util.List;

/**
 * What servers say when it is the request that does not suit them. There are no error codes on the wire, only texts; these phrases
 * are those of stock servers, and ours keep them. Everything else counts as a failure of the server.
 */
public final class Refusals {
    private static final List<String> OF_REQUESTS = List.of(
            "Task size greater than max_batch_size",
            "Maximum length exceeded",
            "Cannot allocate KV cache for",
            " prompts for ",
            "Block uids differ",
            "hidden states",
            "hypo_id",
            "output_compression",
            "start_from_position",
            "does not support bfloat16",
            "is not supported for bfloat16",
            "requires bitsandbytes"); // a stock server that is asked for BLOCKWISE_8BIT, or sent it

    private Refusals() {}

    /**
     * Whether an error text blames the request: the server is well, and would answer others; it is no use to send it the same again.
     *
     * @param text as the server sent it; untrusted
     */
    public static boolean blamesRequest(String text) {
        return OF_REQUESTS.stream().anyMatch(text::contains) || isUnknownAdapter(text);
    }

    private static boolean isUnknownAdapter(String text) {
        return text.contains("adapter ") && text.contains(" not found");
    }
}

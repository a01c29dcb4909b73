package corolla.model.tokenizer;

/** Turns ids that come one by one into text, which it gives out in whole characters only. Confined to one thread at a time. */
public final class StreamingDecoder {

    StreamingDecoder() {}

    /** The text that {@code id} completes; empty while a character is unfinished. */
    public String next(int id) {
        throw new UnsupportedOperationException();
    }

    /** What is left at the end: unfinished bytes come as U+FFFD. */
    public String finish() {
        throw new UnsupportedOperationException();
    }
}

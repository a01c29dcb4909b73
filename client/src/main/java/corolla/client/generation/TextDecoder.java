package corolla.client.generation;

/** Turns ids into text, one after another; a piece may wait for the next id to complete a character. Confined to one thread. */
public interface TextDecoder {

    /** The text that is certain after {@code id}; may be empty. */
    String add(int id);

    /** The text still held back, at the end. */
    String end();

    /** For models without a tokenizer: no text. */
    static TextDecoder none() {
        return new TextDecoder() {
            @Override
            public String add(int id) {
                return "";
            }

            @Override
            public String end() {
                return "";
            }
        };
    }
}

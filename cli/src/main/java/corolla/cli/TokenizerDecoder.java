package corolla.cli;

import corolla.client.generation.TextDecoder;
import corolla.model.tokenizer.StreamingDecoder;
import corolla.model.tokenizer.Tokenizer;
import java.util.Optional;

/** The text of new tokens, by the model's tokenizer. */
record TokenizerDecoder(StreamingDecoder decoder) implements TextDecoder {

    static TextDecoder of(Optional<Tokenizer> tokenizer) {
        return tokenizer
                .<TextDecoder>map(known -> new TokenizerDecoder(known.streamingDecoder()))
                .orElseGet(TextDecoder::none);
    }

    @Override
    public String add(int id) {
        return decoder.next(id);
    }

    @Override
    public String end() {
        return decoder.finish();
    }
}

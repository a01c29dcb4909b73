package corolla.model.tokenizer;

import java.util.Optional;

/**
 * What a model's files say of its tokenizer.
 *
 * @param json {@code tokenizer.json}, read or built
 * @param beginText the begin token's text; empty when there is none
 * @param endText the end token's text; empty when there is none
 * @param chatTemplate Jinja source
 */
record TokenizerFiles(String json, String beginText, String endText, Optional<String> chatTemplate) {}

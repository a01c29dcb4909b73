package corolla.model.tokenizer;

/** What to do with special tokens when ids become text. */
public enum SpecialTokens {
    SHOW,
    HIDE
}

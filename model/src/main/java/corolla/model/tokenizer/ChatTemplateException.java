package corolla.model.tokenizer;

import java.io.IOException;

/** A chat template refused a conversation, or could not be run. */
public final class ChatTemplateException extends IOException {
    private static final long serialVersionUID = 1;

    public ChatTemplateException(String message) {
        super(message);
    }
}

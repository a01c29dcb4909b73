package corolla.model.tokenizer;

import java.util.List;

/**
 * Writes a conversation as the text that a model was trained on. Thread-safe. Templates are code from a checkpoint, so
 * they run in a sandbox: no files, no reflection, limited time and output.
 */
public final class ChatTemplate {

    ChatTemplate() {}

    /**
     * The text for a conversation; encode it with {@link Tokenizer#encode}, as it has its own special tokens.
     *
     * @param addGenerationPrompt whether the text ends where the assistant's answer begins
     * @throws ChatTemplateException when the template refuses the conversation or cannot be run
     */
    public String render(List<ChatMessage> messages, boolean addGenerationPrompt) throws ChatTemplateException {
        throw new UnsupportedOperationException();
    }
}

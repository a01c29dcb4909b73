package corolla.model.tokenizer;

import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.interpret.TemplateError.ErrorType;
import corolla.model.tokenizer.internal.TemplateFunctions;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes a conversation as the text that a model was trained on. Thread-safe. Templates are code from a checkpoint, so
 * they run in a sandbox: no files, no reflection, limited steps and output ({@link TemplateSandbox}).
 */
public final class ChatTemplate {
    private static final int MESSAGES_MAX = 10_000;

    private final String source;
    private final String beginText;
    private final String endText;

    /**
     * Keeps a template; it is compiled when it renders.
     *
     * @param source Jinja, as Hugging Face's models bring it
     * @param beginText what {@code bos_token} stands for
     * @param endText what {@code eos_token} stands for
     */
    public ChatTemplate(String source, String beginText, String endText) {
        this.source = TemplateSandbox.prepare(source);
        this.beginText = beginText;
        this.endText = endText;
    }

    /** Renders without telling the template the time; templates that want it have a date to fall back on. */
    public String render(List<ChatMessage> messages, boolean addGenerationPrompt) throws ChatTemplateException {
        return render(messages, addGenerationPrompt, null);
    }

    /**
     * The text for a conversation; encode it with {@link Tokenizer#encode}, as it has its own special tokens.
     *
     * @param addGenerationPrompt whether the text ends where the assistant's answer begins
     * @param now what {@code strftime_now} tells; null when the template shall not know
     * @throws ChatTemplateException when the template refuses the conversation or cannot be run
     */
    public String render(List<ChatMessage> messages, boolean addGenerationPrompt, @Nullable ZonedDateTime now)
            throws ChatTemplateException {
        if (messages.size() > MESSAGES_MAX) {
            throw new ChatTemplateException(messages.size() + " messages, allowed are " + MESSAGES_MAX);
        }
        TemplateSandbox.check(source);
        RenderResult result =
                TemplateSandbox.open().renderForResult(source, variables(messages, addGenerationPrompt, now));
        List<TemplateError> errors = result.getErrors().stream()
                .filter(error -> error.getSeverity() == ErrorType.FATAL)
                .toList();
        if (!errors.isEmpty()) {
            throw new ChatTemplateException("chat template failed: "
                    + errors.stream().map(ChatTemplate::why).limit(3).collect(Collectors.joining("; ")));
        }
        return result.getOutput();
    }

    /** The engine wraps what a function throws; the first cause says it best. */
    private static String why(TemplateError error) {
        Throwable cause = error.getException();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause == null || cause.getMessage() == null
                ? error.getMessage()
                : cause.getMessage() + " (line " + error.getLineno() + ")";
    }

    private Map<String, Object> variables(
            List<ChatMessage> messages, boolean addGenerationPrompt, @Nullable ZonedDateTime now) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (ChatMessage message : messages) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("role", message.role());
            entry.put("content", message.content());
            list.add(entry);
        }
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("messages", list);
        variables.put("add_generation_prompt", addGenerationPrompt);
        variables.put("bos_token", beginText);
        variables.put("eos_token", endText);
        if (now != null) {
            variables.put(TemplateFunctions.NOW, now);
        }
        return variables;
    }
}

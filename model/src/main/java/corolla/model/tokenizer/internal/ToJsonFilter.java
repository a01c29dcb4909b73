package corolla.model.tokenizer.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.AdvancedFilter;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code tojson}, written as Python's {@code json.dumps} does: blanks after commas and colons, or indented. */
public final class ToJsonFilter implements AdvancedFilter {
    private static final int INDENT_MAX = 16;

    @Override
    public String getName() {
        return "tojson";
    }

    @Override
    public Object filter(
            @Nullable Object value,
            JinjavaInterpreter interpreter,
            @Nullable Object[] arguments,
            Map<String, Object> named) {
        Object indent = arguments.length > 0 ? arguments[0] : named.get("indent");
        try {
            return new ObjectMapper().writer(printer(indent)).writeValueAsString(value);
        } catch (JsonProcessingException failed) {
            throw new InterpretException("tojson: " + failed.getOriginalMessage(), failed);
        }
    }

    private static PrettyPrinter printer(@Nullable Object indent) {
        if (!(indent instanceof Number blanks)) {
            return new OneLine();
        }
        int count = Math.clamp(blanks.intValue(), 0, INDENT_MAX);
        DefaultIndenter indenter = new DefaultIndenter(" ".repeat(count), "\n");
        Separators separators =
                Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER);
        return new DefaultPrettyPrinter(separators).withObjectIndenter(indenter).withArrayIndenter(indenter);
    }

    /** One line with a blank after each comma and colon. */
    private static final class OneLine extends MinimalPrettyPrinter {
        private static final long serialVersionUID = 1;

        @Override
        public void writeObjectFieldValueSeparator(JsonGenerator generator) throws IOException {
            generator.writeRaw(": ");
        }

        @Override
        public void writeObjectEntrySeparator(JsonGenerator generator) throws IOException {
            generator.writeRaw(", ");
        }

        @Override
        public void writeArrayValueSeparator(JsonGenerator generator) throws IOException {
            generator.writeRaw(", ");
        }
    }
}

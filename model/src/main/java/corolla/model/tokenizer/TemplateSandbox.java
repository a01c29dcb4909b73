package corolla.model.tokenizer;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import corolla.model.tokenizer.internal.GenerationTag;
import corolla.model.tokenizer.internal.ItemsFilter;
import corolla.model.tokenizer.internal.PythonForTag;
import corolla.model.tokenizer.internal.TemplateFunctions;
import corolla.model.tokenizer.internal.TemplateSteps;
import corolla.model.tokenizer.internal.ToJsonFilter;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jinjava.javax.el.CompositeELResolver;

/** A Jinja engine that does what Hugging Face's does for chat templates, and nothing else. */
final class TemplateSandbox {
    private static final long OUTPUT_BYTES_MAX = 32 << 20;
    private static final int STEPS_MAX = 1_000_000; // nodes rendered; a conversation takes some tens a message
    private static final int RANGE_MAX = 10_000;
    private static final int DEPTH_MAX = 32;
    /** An escape in a literal; one of a quote would end the literal, and stays. */
    private static final Pattern UNICODE = Pattern.compile("\\\\u(?!0022|0027|005[Cc])([0-9a-fA-F]{4})");

    private static final String ENGINE = "____int3rpr3t3r____";
    private static final Set<String> TAGS_OUT =
            Set.of("include", "import", "from", "extends", "block", "cycle", "autoescape");
    private static final Set<String> FILTERS_OUT =
            Set.of("render", "fromjson", "fromyaml", "toyaml", "log", "random", "shuffle", "pprint");

    private TemplateSandbox() {}

    /** Writes in Jinjava's words what it has no words of Jinja for; and Jinja drops the last line's end. */
    static String prepare(String source) {
        String text = source.endsWith("\n") ? source.substring(0, source.length() - 1) : source;
        return UNICODE.matcher(text.replace("[::-1]", "|reverse|list"))
                .replaceAll(
                        found -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(found.group(1), 16))));
    }

    /** Refuses the one name under which the engine itself is in reach. */
    static void check(String source) throws ChatTemplateException {
        if (source.contains(ENGINE)) {
            throw new ChatTemplateException("chat template reaches for the template engine: " + ENGINE);
        }
    }

    /** An engine for one rendering: it counts that rendering's steps. */
    static Jinjava open() {
        CompositeELResolver resolver = new CompositeELResolver();
        resolver.add(new PythonMethods());
        resolver.add(JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_ONLY);
        TemplateSteps steps = new TemplateSteps(STEPS_MAX);
        JinjavaConfig config = JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withMaxOutputSize(OUTPUT_BYTES_MAX)
                .withMaxStringLength(OUTPUT_BYTES_MAX)
                .withRangeLimit(RANGE_MAX)
                .withMaxRenderDepth(DEPTH_MAX)
                .withEnableRecursiveMacroCalls(false)
                .withNestedInterpretationEnabled(false)
                .withElResolver(resolver)
                .withDisabled(Map.of(Library.TAG, TAGS_OUT, Library.FILTER, FILTERS_OUT))
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withIterateOverMapKeys(true)
                        .withEvaluateMapKeys(true)
                        .withUseNaturalOperatorPrecedence(true)
                        .withParseWhitespaceControlStrictly(true)
                        .withUseTrimmingForNotesAndExpressions(true)
                        .withHandleBackslashInQuotesOnly(true)
                        .withKeepNullableLoopValues(true)
                        .build())
                .withProcessors(JinjavaProcessors.newBuilder()
                        .withNodePreProcessor((node, interpreter) -> steps.count())
                        .build())
                .build();
        Jinjava jinjava = new Jinjava(config);
        jinjava.setResourceLocator((name, encoding, interpreter) -> {
            throw new IOException("chat templates read no files");
        });
        jinjava.registerFunction(new ELFunctionDefinition(
                "", "raise_exception", TemplateFunctions.class, "raiseException", Object.class));
        jinjava.registerFunction(new ELFunctionDefinition(
                "", TemplateFunctions.NOW, TemplateFunctions.class, "strftimeNow", String.class));
        jinjava.registerFilter(new ToJsonFilter());
        jinjava.registerFilter(new ItemsFilter());
        jinjava.registerTag(new PythonForTag());
        jinjava.registerTag(new GenerationTag());
        return jinjava;
    }
}

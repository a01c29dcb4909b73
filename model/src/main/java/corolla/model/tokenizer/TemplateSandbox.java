package corolla.model.tokenizer;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import corolla.model.tokenizer.internal.TemplateFunctions;
import corolla.model.tokenizer.internal.TemplateSteps;
import corolla.model.tokenizer.internal.ToJsonFilter;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import jinjava.javax.el.CompositeELResolver;

/** A Jinja engine that does what Hugging Face's does for chat templates, and nothing else. */
final class TemplateSandbox {
    private static final long OUTPUT_BYTES_MAX = 32 << 20;
    private static final int STEPS_MAX = 1_000_000; // nodes rendered; a conversation takes some tens a message
    private static final int RANGE_MAX = 10_000;
    private static final int DEPTH_MAX = 32;
    private static final String ENGINE = "____int3rpr3t3r____";
    private static final Set<String> TAGS_OUT =
            Set.of("include", "import", "from", "extends", "block", "cycle", "autoescape");
    private static final Set<String> FILTERS_OUT =
            Set.of("render", "fromjson", "fromyaml", "toyaml", "log", "random", "shuffle", "pprint");

    private TemplateSandbox() {}

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
        return jinjava;
    }
}

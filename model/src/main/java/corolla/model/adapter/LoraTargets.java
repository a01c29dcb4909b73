package corolla.model.adapter;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which modules of a model an adapter changes, by PEFT's rules ({@code check_target_module_exists}): a list of names that a
 * module's name equals or ends with after a dot, perhaps in some layers only; or one regular expression for whole names.
 * Immutable.
 *
 * @param names the list; empty with an expression
 * @param expression or null; {@code all-linear} is every linear layer
 * @param excluded names as in {@code names}
 * @param excludedExpression or null
 * @param layers indices, or null for all
 * @param layersPatterns what stands before an index, {@code layers} or {@code h}; empty for anything
 */
public record LoraTargets(
        Set<String> names,
        @Nullable String expression,
        Set<String> excluded,
        @Nullable String excludedExpression,
        @Nullable Set<Integer> layers,
        List<String> layersPatterns) {
    private static final String ALL_LINEAR = "all-linear";
    private static final Pattern ANY_LAYER = Pattern.compile(".*\\.[^.]*\\.(\\d{1,9})\\..*");

    public LoraTargets {
        names = Set.copyOf(names);
        excluded = Set.copyOf(excluded);
        layers = layers == null ? null : Set.copyOf(layers);
        layersPatterns = List.copyOf(layersPatterns);
        if (names.isEmpty() == (expression == null)) {
            throw new IllegalArgumentException("target_modules is empty, it names no modules");
        }
        if (expression != null && layers != null) {
            throw new IllegalArgumentException("layers_to_transform beside a pattern in target_modules");
        }
    }

    /**
     * Whether a linear layer is changed.
     *
     * @param module its whole name: {@code model.layers.3.self_attn.q_proj}
     * @throws IllegalArgumentException when an expression is not understood
     */
    public boolean include(String module) {
        if (isNamed(module, excluded) || isMatched(module, excludedExpression)) {
            return false;
        }
        if (expression != null) {
            return expression.equalsIgnoreCase(ALL_LINEAR) || isMatched(module, expression);
        }
        return names.contains(module) || (isNamed(module, names) && isInLayers(module));
    }

    private boolean isInLayers(String module) {
        return layers == null || layers.contains(layer(module));
    }

    /** -1 where there is none. */
    private int layer(String module) {
        if (layersPatterns.isEmpty()) {
            return index(ANY_LAYER.matcher(module));
        }
        for (String pattern : layersPatterns) {
            int index = index(Pattern.compile(".*\\." + Pattern.quote(pattern) + "\\.(\\d{1,9})\\..*")
                    .matcher(module));
            if (index >= 0) {
                return index;
            }
        }
        return -1;
    }

    private static int index(Matcher matcher) {
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
    }

    private static boolean isNamed(String module, Set<String> names) {
        return names.stream().anyMatch(name -> module.equals(name) || module.endsWith("." + name));
    }

    private static boolean isMatched(String module, @Nullable String expression) {
        return expression != null && ModulePattern.of(expression).matches(module);
    }
}

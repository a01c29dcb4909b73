package corolla.model.tokenizer.internal;

import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.JinjavaInterpreter.InterpreterScopeClosable;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.util.ForLoop;
import com.hubspot.jinjava.util.LengthLimitingStringBuilder;
import com.hubspot.jinjava.util.ObjectIterator;
import com.hubspot.jinjava.util.ObjectTruthValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code for} as Jinja has it: {@code {% for a, b in items if a %} … {% else %} … {% endfor %}}, each turn in a scope of
 * its own. Jinjava's own gives nothing for a condition and everything for an else. Stateless.
 */
public final class PythonForTag implements Tag {
    private static final long serialVersionUID = 1;
    private static final int TURNS_MAX = 100_000;

    /** What stands in the tag. */
    private record Head(List<String> names, String items, String condition) {}

    @Override
    public String getName() {
        return "for";
    }

    @Override
    public String getEndTagName() {
        return "endfor";
    }

    @Override
    public String interpret(TagNode node, JinjavaInterpreter interpreter) {
        Head head = head(node.getHelpers());
        List<@Nullable Object> items = new ArrayList<>();
        for (Object item : all(interpreter.resolveELExpression(head.items, node.getLineNumber()))) {
            if (isWanted(head, item, node, interpreter)) {
                items.add(item);
            }
        }
        int elseAt = elseAt(node.getChildren());
        LengthLimitingStringBuilder out =
                new LengthLimitingStringBuilder(interpreter.getConfig().getMaxOutputSize());
        if (items.isEmpty()) {
            render(
                    node.getChildren()
                            .subList(
                                    Math.min(elseAt + 1, node.getChildren().size()),
                                    node.getChildren().size()),
                    null,
                    out,
                    interpreter);
            return out.toString();
        }
        PythonLoop loop = new PythonLoop(items);
        while (loop.hasNext()) {
            try (InterpreterScopeClosable scope = interpreter.enterScope()) {
                interpreter.getContext().put("loop", loop);
                bind(head.names, loop.next(), interpreter);
                render(node.getChildren().subList(0, elseAt), loop, out, interpreter);
            }
        }
        return out.toString();
    }

    private static void render(
            List<Node> nodes, @Nullable ForLoop loop, LengthLimitingStringBuilder out, JinjavaInterpreter interpreter) {
        for (Node child : nodes) {
            out.append(child.render(interpreter).getValue());
            if (loop != null && loop.isContinued()) {
                return;
            }
        }
    }

    private static int elseAt(List<Node> children) {
        for (int i = 0; i < children.size(); i++) {
            if (children.get(i) instanceof TagNode tag && tag.getName().equals("else")) {
                return i;
            }
        }
        return children.size();
    }

    private static boolean isWanted(Head head, @Nullable Object item, TagNode node, JinjavaInterpreter interpreter) {
        if (head.condition.isEmpty()) {
            return true;
        }
        try (InterpreterScopeClosable scope = interpreter.enterScope()) {
            bind(head.names, item, interpreter);
            return ObjectTruthValue.evaluate(interpreter.resolveELExpression(head.condition, node.getLineNumber()));
        }
    }

    private static void bind(List<String> names, @Nullable Object item, JinjavaInterpreter interpreter) {
        if (names.size() == 1) {
            interpreter.getContext().put(names.getFirst(), item);
            return;
        }
        List<@Nullable Object> parts =
                item instanceof Map.Entry<?, ?> entry ? Arrays.asList(entry.getKey(), entry.getValue()) : all(item);
        if (parts.size() != names.size()) {
            throw new InterpretException("for has " + names.size() + " names, an item has " + parts.size() + " parts");
        }
        for (int i = 0; i < parts.size(); i++) {
            interpreter.getContext().put(names.get(i), parts.get(i));
        }
    }

    private static List<@Nullable Object> all(@Nullable Object items) {
        List<@Nullable Object> all = new ArrayList<>();
        if (items instanceof Map<?, ?> map) {
            all.addAll(map.keySet());
            return all;
        }
        ForLoop source = ObjectIterator.getLoop(items);
        while (source.hasNext()) {
            if (all.size() == TURNS_MAX) {
                throw new InterpretException("for goes over more than " + TURNS_MAX + " items");
            }
            all.add(source.next());
        }
        return all;
    }

    private static Head head(String text) {
        int in = outside(text, " in ", 0);
        if (in < 0) {
            throw new InterpretException("for without in: " + text.strip());
        }
        int condition = outside(text, " if ", in);
        List<String> names = new ArrayList<>();
        for (String name :
                text.substring(0, in).replace("(", "").replace(")", "").split(",")) {
            names.add(name.strip());
        }
        String items = condition < 0 ? text.substring(in + 4) : text.substring(in + 4, condition);
        return new Head(
                names,
                items.strip(),
                condition < 0 ? "" : text.substring(condition + 4).strip());
    }

    /** Where a word stands outside of brackets and quotes, from a place on; -1 when it does not. */
    private static int outside(String text, String word, int from) {
        int depth = 0;
        char quote = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote != 0) {
                quote = c == quote && text.charAt(i - 1) != '\\' ? 0 : quote;
            } else if (c == '\'' || c == '"') {
                quote = c;
            } else if ("([{".indexOf(c) >= 0) {
                depth++;
            } else if (")]}".indexOf(c) >= 0) {
                depth--;
            } else if (depth == 0 && text.startsWith(word, i)) {
                return i;
            }
        }
        return -1;
    }
}

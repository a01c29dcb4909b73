package corolla.model.tokenizer.internal;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;

/** {@code {% generation %}} marks what the assistant wrote, for training; the text is the same. Stateless. */
public final class GenerationTag implements Tag {
    private static final long serialVersionUID = 1;

    @Override
    public String getName() {
        return "generation";
    }

    @Override
    public String getEndTagName() {
        return "endgeneration";
    }

    @Override
    public String interpret(TagNode node, JinjavaInterpreter interpreter) {
        StringBuilder text = new StringBuilder();
        for (Node child : node.getChildren()) {
            text.append(child.render(interpreter).getValue());
        }
        return text.toString();
    }
}

package corolla.model.tokenizer.internal;

import com.hubspot.jinjava.util.ForLoop;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a template sees as {@code loop}: Jinjava's, and the neighbours that Jinja has too. Confined to one rendering. */
public final class PythonLoop extends ForLoop {
    private final List<@Nullable Object> items;

    PythonLoop(List<@Nullable Object> items) {
        super(items.iterator(), items.size());
        this.items = items;
    }

    public @Nullable Object getPrevitem() {
        return getIndex0() > 0 ? items.get(getIndex0() - 1) : null;
    }

    public @Nullable Object getNextitem() {
        return getIndex0() + 1 < items.size() ? items.get(getIndex0() + 1) : null;
    }
}

package corolla.model.tokenizer.internal;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code dictionary | items}: its keys and values in pairs. Stateless. */
public final class ItemsFilter implements Filter {

    @Override
    public String getName() {
        return "items";
    }

    @Override
    public Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... arguments) {
        List<Object> pairs = new ArrayList<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, entry) -> pairs.add(Arrays.asList(key, entry)));
        }
        return pairs;
    }
}

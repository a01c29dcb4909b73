package corolla.model.tokenizer;

import com.hubspot.jinjava.objects.SafeString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.MapELResolver;
import org.jspecify.annotations.Nullable;

/** Python's methods on texts and dictionaries, which templates call as if they ran in Python. Stateless. */
final class PythonMethods extends MapELResolver { // for what it must have and we do not use

    private static final Pattern INDEX = Pattern.compile("-?\\d{1,8}");

    @Override
    public @Nullable Object invoke(
            ELContext context,
            @Nullable Object base,
            @Nullable Object method,
            Class<?> @Nullable [] types,
            @Nullable Object @Nullable [] arguments) {
        @Nullable Object[] given = arguments == null ? new @Nullable Object[0] : arguments;
        Object result = null;
        if (base instanceof String || base instanceof SafeString) {
            result = ofText(base.toString(), String.valueOf(method), given);
        } else if (base instanceof Map<?, ?> map) {
            result = ofMap(map, String.valueOf(method), given);
        }
        if (result != null) {
            context.setPropertyResolved(true);
        }
        return result;
    }

    private static @Nullable Object ofText(String text, String method, @Nullable Object[] arguments) {
        return switch (method) {
            case "strip" -> strip(text, arguments, true, true);
            case "lstrip" -> strip(text, arguments, true, false);
            case "rstrip" -> strip(text, arguments, false, true);
            case "startswith" -> text.startsWith(text(arguments, 0));
            case "endswith" -> text.endsWith(text(arguments, 0));
            case "split" -> split(text, arguments);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "capitalize" ->
                text.isEmpty()
                        ? ""
                        : text.substring(0, 1).toUpperCase(Locale.ROOT)
                                + text.substring(1).toLowerCase(Locale.ROOT);
            case "join" -> join(text, arguments);
            case "find" -> text.indexOf(text(arguments, 0));
            case "count" -> split(text, arguments).size() - 1;
            case "isdigit" -> !text.isEmpty() && text.chars().allMatch(Character::isDigit);
            case "removeprefix" ->
                text.startsWith(text(arguments, 0))
                        ? text.substring(text(arguments, 0).length())
                        : text;
            case "removesuffix" ->
                text.endsWith(text(arguments, 0))
                        ? text.substring(0, text.length() - text(arguments, 0).length())
                        : text;
            case "splitlines" -> text.lines().toList();
            case "replace" -> text.replace(text(arguments, 0), text(arguments, 1));
            default -> null;
        };
    }

    private static @Nullable Object ofMap(Map<?, ?> map, String method, @Nullable Object[] arguments) {
        return switch (method) {
            case "items" ->
                map.entrySet().stream()
                        .map(entry -> Arrays.asList(entry.getKey(), entry.getValue()))
                        .toList();
            case "keys" -> new ArrayList<>(map.keySet());
            case "values" -> new ArrayList<>(map.values());
            case "get" -> {
                Object value = map.get(text(arguments, 0));
                yield value != null ? value : arguments.length > 1 && arguments[1] != null ? arguments[1] : "";
            }
            default -> null;
        };
    }

    /** Removes blanks, or the characters that are given, at one end or both. */
    private static String strip(String text, @Nullable Object[] arguments, boolean atStart, boolean atEnd) {
        String out = arguments.length == 0 ? " \t\n\r\f\u000b" : text(arguments, 0);
        int start = 0;
        int end = text.length();
        while (atStart && start < end && out.indexOf(text.charAt(start)) >= 0) {
            start++;
        }
        while (atEnd && end > start && out.indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        return text.substring(start, end);
    }

    /** Each run of letters begins large and goes on small. */
    private static String title(String text) {
        StringBuilder title = new StringBuilder();
        boolean within = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            title.append(within ? Character.toLowerCase(c) : Character.toUpperCase(c));
            within = Character.isLetter(c);
        }
        return title.toString();
    }

    private static String join(String between, @Nullable Object[] arguments) {
        if (arguments.length != 1 || !(arguments[0] instanceof Iterable<?> parts)) {
            throw new IllegalArgumentException("join needs a list");
        }
        StringJoiner joined = new StringJoiner(between);
        parts.forEach(part -> joined.add(String.valueOf(part)));
        return joined.toString();
    }

    private static List<String> split(String text, @Nullable Object[] arguments) {
        if (arguments.length == 0) {
            return text.isBlank() ? List.of() : Arrays.asList(text.strip().split("\\s+"));
        }
        int partsMax = arguments.length > 1 && arguments[1] instanceof Number number ? number.intValue() + 1 : -1;
        return Arrays.asList(text.split(Pattern.quote(text(arguments, 0)), partsMax));
    }

    private static String text(@Nullable Object[] arguments, int index) {
        if (index >= arguments.length) {
            throw new IllegalArgumentException("argument " + index + " is missing");
        }
        return String.valueOf(arguments[index]);
    }

    /** One character of a text, from its end when the index is negative. */
    @Override
    public @Nullable Object getValue(ELContext context, @Nullable Object base, @Nullable Object property) {
        String place = String.valueOf(property); // the engine makes texts of numbers
        if (!(base instanceof String text) || !INDEX.matcher(place).matches()) {
            return null;
        }
        int given = Integer.parseInt(place);
        int index = given < 0 ? text.length() + given : given;
        context.setPropertyResolved(true);
        return index >= 0 && index < text.length() ? text.substring(index, index + 1) : null;
    }

    @Override
    public @Nullable Class<?> getType(ELContext context, @Nullable Object base, @Nullable Object property) {
        return null;
    }

    @Override
    public void setValue(ELContext context, @Nullable Object base, @Nullable Object property, @Nullable Object value) {
        // Nothing of ours can be set.
    }

    @Override
    public boolean isReadOnly(ELContext context, @Nullable Object base, @Nullable Object property) {
        return true;
    }

    @Override
    public @Nullable Class<?> getCommonPropertyType(ELContext context, @Nullable Object base) {
        return null;
    }
}

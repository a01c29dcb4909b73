package corolla.model.tokenizer.internal;

import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Functions that Hugging Face gives to chat templates. */
public final class TemplateFunctions {
    /** The variable that holds the time; it has the function's name, as templates ask whether that is defined. */
    public static final String NOW = "strftime_now";

    /** Python's directives, as patterns of {@link DateTimeFormatter}. */
    private static final Map<Character, String> DIRECTIVES = Map.ofEntries(
            Map.entry('a', "EEE"),
            Map.entry('A', "EEEE"),
            Map.entry('b', "MMM"),
            Map.entry('B', "MMMM"),
            Map.entry('d', "dd"),
            Map.entry('H', "HH"),
            Map.entry('I', "hh"),
            Map.entry('j', "DDD"),
            Map.entry('m', "MM"),
            Map.entry('M', "mm"),
            Map.entry('p', "a"),
            Map.entry('S', "ss"),
            Map.entry('y', "yy"),
            Map.entry('Y', "uuuu"),
            Map.entry('z', "xx"),
            Map.entry('Z', "zzz"));

    private static final Pattern DIRECTIVE = Pattern.compile("%(.)");

    private TemplateFunctions() {}

    /** {@code raise_exception('why')}: the template refuses the conversation. */
    public static Object raiseException(@Nullable Object message) {
        throw new InterpretException(String.valueOf(message));
    }

    /** {@code strftime_now('%d %b %Y')}: the time of the conversation. */
    public static String strftimeNow(String format) {
        if (!(JinjavaInterpreter.getCurrent().getContext().get(NOW) instanceof ZonedDateTime now)) {
            throw new InterpretException("strftime_now is called, but the time is not known");
        }
        return DIRECTIVE
                .matcher(format)
                .replaceAll(found ->
                        Matcher.quoteReplacement(directive(found.group(1).charAt(0), now)));
    }

    private static String directive(char directive, ZonedDateTime now) {
        if (directive == '%') {
            return "%";
        }
        String pattern = DIRECTIVES.get(directive);
        if (pattern == null) {
            throw new InterpretException("strftime_now does not know %" + directive);
        }
        return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).format(now);
    }
}

package corolla.it.tidy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Something that no source may have.
 *
 * @param name a sentence that is true of a tidy project
 * @param appliesTo which sources it looks at
 * @param wrong what is looked for
 * @param where in which text of them
 * @param instead what to do, for whoever broke it
 */
record Rule(String name, Predicate<Source> appliesTo, Pattern wrong, Where where, String instead) {

    enum Where {
        CODE,
        TEXT
    }

    /** One message for each place that breaks this rule. */
    List<String> check(Source source) {
        List<String> found = new ArrayList<>();
        if (!appliesTo.test(source)) {
            return found;
        }
        String text = where == Where.CODE ? source.code() : source.text();
        Matcher matcher = wrong.matcher(text);
        while (matcher.find()) {
            long line = 1
                    + text.substring(0, matcher.start())
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
            found.add(source.path() + ":" + line + ": '" + matcher.group().strip() + "': " + instead);
        }
        return found;
    }

    @Override
    public String toString() {
        return name;
    }
}

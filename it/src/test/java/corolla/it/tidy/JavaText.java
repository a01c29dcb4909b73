package corolla.it.tidy;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes away from Java what is not code. Lines stay where they are. */
final class JavaText {
    private static final Pattern NOT_CODE = Pattern.compile("""
            "\\""[\\s\\S]*?"\\""|"(?:\\\\.|[^"\\\\\\n])*"|'(?:\\\\.|[^'\\\\\\n])*'|//[^\\n]*|/\\*[\\s\\S]*?\\*/""".strip());

    private JavaText() {}

    static String codeOf(String text) {
        Matcher matcher = NOT_CODE.matcher(text);
        StringBuilder code = new StringBuilder();
        while (matcher.find()) {
            String lines = matcher.group().replaceAll("[^\\n]", "");
            matcher.appendReplacement(code, Matcher.quoteReplacement(lines));
        }
        return matcher.appendTail(code).toString();
    }
}
